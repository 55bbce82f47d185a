// The sentences of the tools dialog in Chinese, loaded with it. Same keys as en.js.

/** @type {Readonly<Record<string, string>>} */
export default {
  'tools.title': '工具',
  'tools.practice': '练习',
  'tools.practice.note': '每种结果各有样例，不登记',
  'tools.theme.note': '明暗外观；暗色适合昏暗环境，手机也少反光',
  'tools.big': '大字：开',
  'tools.big.off': '大字：关',
  'tools.big.note': '两米外也能看清码、结果和下一步',
};
