// Between the staff page and the customer's window, which are two pages of one browser.

export const channelName = 'jianzheng.customer';

/** What the customer's window says as long as it hears nobody. */
export const hello = 'hello';
