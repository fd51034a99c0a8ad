/**
 * The way to an order as a guest goes it in the mini-program, and every other page once; tells the order's number and the
 * pages. `journey.cjs PLATFORM FOLDER SERVER`.
 */
const { AlipayPhone } = require("./alipay.cjs");
const { Phone } = require("./phone.cjs");

const PHONES = { weapp: Phone, alipay: AlipayPhone };

const NOBODY = "00000000-0000-7000-8000-000000000000";
const RECEIVER = "李雷 13712345678 浙江省杭州市西湖区文三路 100 号 3 幢 201";

async function journey(phone) {
  await phone.start();
  await phone.see("热卖榜");
  await phone.tap("搜索商品，支持拼音");
  await phone.at("pages/search/index");
  await phone.type("搜索商品，支持拼音", "zhengshan");
  await phone.see("正山小种");
  await phone.tapFirst("suggestion");
  await phone.at("pages/list/index");
  await phone.see("共 1 件商品");
  await phone.tapFirst("goods");
  await phone.at("pages/product/index");
  await phone.see("1 件商品价");
  await phone.tap("增加");
  await phone.see("2 件商品价");
  await phone.tap("加入购物车");
  await phone.until("what was put in", () => phone.toasts.includes("已加入购物车"));
  await phone.tapFirst("cart-link");
  await phone.at("pages/cart/index");
  await phone.tap("去结算（2）");
  await phone.at("pages/checkout/index");
  await phone.type("粘贴地址", RECEIVER);
  await phone.tap("智能识别");
  await phone.tap("稍后付款");
  await phone.until("a total with freight", () => !phone.text().includes("填写地址后计算运费") && phone.text().includes("应付"));
  await phone.tap("提交订单");
  await phone.at("pages/result/index");
  await phone.tap("查看订单");
  await phone.at("pages/order/index");
  await phone.see("待付款");
  const [number] = /SO\d{8}-\d{6}/.exec(phone.text()) ?? [];
  phone.api().navigateBack();
  await phone.at("pages/result/index");
  await beSeen(phone, phone.stack.at(-1).options.link);
  await phone.open("/pages/page/index?slug=nowhere");
  await phone.see("没有找到");
  return { number, pages: Object.keys(phone.pages), requests: phone.requests.length };
}

/** Open each page that the way does not lead over; it must draw something, and nothing may go wrong. */
async function beSeen(phone, link) {
  for (const page of phone.config.pages.filter((each) => !phone.pages[each])) {
    await phone.open(`/${page}?link=${link}&slug=privacy&id=${NOBODY}`);
    await phone.until(`${page} to be drawn`, () => phone.page.data.root?.cn?.length && phone.text().trim());
    phone.leave(1);
  }
}

const [platform, folder, server] = process.argv.slice(2);
const phone = new PHONES[platform](folder, server);
process.on("unhandledRejection", (error) => phone.errors.push(error));
journey(phone).then(
  (told) => {
    if (phone.errors.length) throw phone.errors[0];
    process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0)); // its timers would keep it going
  },
).catch((error) => {
  process.stderr.write(`${error.stack}\n`, () => process.exit(1));
});
