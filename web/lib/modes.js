// Loads the styles of what is used now and then: dialogs, practice, big type. Imported by those.

const link = document.createElement('link');
Object.assign(link, { rel: 'stylesheet', href: new URL('../styles/modes.css', import.meta.url).href });
document.head.append(link);
