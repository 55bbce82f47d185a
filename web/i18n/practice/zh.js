// The sentences of practice in Chinese, loaded with it. Same keys as en.js.

/** @type {Readonly<Record<string, string>>} */
export default {
  'practice.title': '练习',
  'practice.note': '样例均为虚构，由真正的核验程序核验；不登记，不核销，真证件请先等一等',
  'practice.loading': '正在准备样例',
  'practice.failed': '样例未能载入，请退出后再试',
  'practice.leave': '退出练习',
  'practice.accepted': '手机应答了本柜台的码',
  'practice.conditional': '纸质证件：请对照照片与本人',
  'practice.rejected': '持有人未满 18 岁',
  'practice.undetermined': '本机列表太旧，按重试取新列表',
  'practice.unreadable': '出示的是网址，不是证件',
  'practice.busy': '正在练习：请按 Esc 退出后再核验真证件',
};
