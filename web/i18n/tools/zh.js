// The sentences of the tools dialog in Chinese, loaded with it. Same keys as en.js.

/** @type {Readonly<Record<string, string>>} */
export default {
  'tools.title': '工具',
  'tools.practice': '练习',
  'tools.practice.note': '每种结果各有样例，不登记',
  'tools.customer': '顾客窗口',
  'tools.customer.note': '供第二屏使用：显示码、用途和结果，不含证件内容。拖到那块屏上再按全屏',
  'tools.lock': 'PIN 锁',
  'tools.lock.note': '用 PIN 锁住页面或设置',
  'tools.display': '无摄像头展示页',
  'tools.display.note': '供没有摄像头的电脑使用：手机经网络应答',
  'tools.scanner': '扫码枪设置',
  'tools.scanner.note': '扫一个码，检查 USB 扫码枪的输出是否正确',
  'tools.theme.note': '明暗外观；暗色适合昏暗环境，手机也少反光',
  'tools.big': '大字：开',
  'tools.big.off': '大字：关',
  'tools.big.note': '两米外也能看清码、结果和下一步',
};
