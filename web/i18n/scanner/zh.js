// The sentences of the scanner's setup in Chinese, loaded with it. Same keys as en.js.

/** @type {Readonly<Record<string, string>>} */
export default {
  'scanner.title': '扫码枪设置',
  'scanner.scan': '请用 USB 扫码枪扫此码，其中有证件码用到的全部 45 个字符',
  'scanner.silent': '若没有反应：扫码枪不在键盘模式（USB HID），或每键慢于 100 毫秒；说明书中有相应的设置码',
  'scanner.image': '校准码',
  'scanner.right': '45 个字符全部收到',
  'scanner.enter': '回车也已收到：扫码枪可用',
  'scanner.no-enter': '没有收到回车：证件仍可读取，只是稍慢。说明书中有添加回车（后缀 CR）的设置码',
  'scanner.capitals': '大写字母变成了小写：大写锁定已开，或扫码枪转换了大小写。证件仍可读取',
  'scanner.layout.german': '扫码枪按德语键盘输出。请扫说明书中的“美国 / 英语”设置码，再试一次',
  'scanner.layout.french': '扫码枪按法语键盘输出。请扫说明书中的“美国 / 英语”设置码，再试一次',
  'scanner.characters': '有字符不对。请扫说明书中键盘布局“美国 / 英语”的设置码，再试一次',
  'scanner.dropped': '45 个字符只收到 {count} 个：有按键丢失。请扫说明书中加长字符间隔的设置码，再试一次',
  'scanner.other': '扫到的是别的码，或字符无法辨认。请再扫一次上面的码',
  'scanner.wrong': '应为与收到：{pairs}',
};
