// The sentences of the help in Chinese, loaded with it. Same keys as en.js.

/** @type {Readonly<Record<string, string>>} */
export default {
  'help.title': '按键',
  'help.space': '停留或继续当前结果',
  'help.enter': '下一位',
  'help.escape': '返回',
  'help.f1': '打开或关闭此帮助',
  'help.f2': '开关声音',
  'help.f4': '工具：练习、外观',
  'help.f8': '切换摄像头',
  'help.f9': '按住显示姓名与号码',
  'help.decide': '核对本人时：同一人、不确定、不同的人',
  'help.preview': '核对本人时：打开或关闭现场画面',
  'help.paste': '粘贴图片或文字',
  'help.sounds': '试听提示音',
};
