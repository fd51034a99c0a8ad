import type { Lang } from "@/looks";

export interface Content {
  key: string;
  title: string;
  paragraphs: readonly string[];
}

const zh: readonly Content[] = [
  { key: "delivery", title: "什么时候发货，几天能到？", paragraphs: ["商品页选择地区后会显示预计送达日期和运费；付款越早，越能赶上当天截单。", "发货后可在订单详情查看每个包裹的物流轨迹。急用可在订单里点“催发货”。"] },
  {
    key: "returns",
    title: "如何退换货？",
    paragraphs: [
      "签收后七日内，商品完好可以无理由退货；生鲜、定制和拆封后影响人身安全或品质的商品除外。",
      "发货前可直接在订单里整单或部分取消，款项原路退回。收货后在订单里点“退换 / 售后”，选择仅退款、退货退款或换货，进度随时可看。",
      "质量问题由店家承担往返运费；无理由退货的寄回运费由买家承担。",
    ],
  },
  { key: "payment", title: "可以怎样付款？", paragraphs: ["结算页列出本店支持的方式。提交订单后请在倒计时内付款，逾期自动取消，商品重新放出。", "也可以点“找朋友付”，把代付链接发给朋友；朋友看不到您的地址和电话。"] },
  { key: "coupons", title: "优惠券和积分怎么用？", paragraphs: ["结算时默认选择总价最低的优惠组合，可以改选或不用。优惠一经取消订单即退回，仍在有效期内可再次使用。", "积分在订单签收并付清后到账。"] },
  { key: "invoices", title: "如何开发票？", paragraphs: ["结算时选择个人或企业并填写抬头；企业需填写统一社会信用代码。"] },
  { key: "price", title: "价格保护和明细", paragraphs: ["每件商品的到手价都能点开“价格明细”，逐项说明优惠来由。提交订单时若价格有变化，会先告诉您，不会按新价格直接扣款。"] },
  {
    key: "privacy",
    title: "隐私说明",
    paragraphs: [
      "我们只收集完成订单所需的信息：收货人、电话、地址；在数据库中加密保存。",
      "浏览记录只保存在您的设备上。您可以随时在“资料与安全”里修改资料或注销账号。",
    ],
  },
  { key: "terms", title: "服务条款", paragraphs: ["提交订单即表示您同意按所示价格购买；店家发货后合同成立。因不可抗力无法履行的，款项全额退回。"] },
];

const en: readonly Content[] = [
  { key: "delivery", title: "When is it sent, and when is it here?", paragraphs: ["Choose a region on a product's page to see the day and the freight. The earlier you pay, the likelier it leaves the same day.", "Once sent, the order shows where each parcel is. In a hurry? Tap “Urge” in the order."] },
  {
    key: "returns",
    title: "How do I return or exchange?",
    paragraphs: [
      "Within seven days of signing, goods in good condition can be returned without a reason, except fresh and custom-made goods and those whose quality suffers once opened.",
      "Before it leaves, cancel all or some of an order in the order itself; the money goes back the way it came. Afterwards tap “Return or exchange” in the order and see there how far it is.",
      "The shop bears the freight for faults; otherwise the buyer bears the way back.",
    ],
  },
  { key: "payment", title: "How can I pay?", paragraphs: ["The checkout lists the ways this shop takes. Pay before the countdown ends, or the order is canceled and the goods are free again.", "Or ask a friend to pay by a link; they see neither your address nor your phone."] },
  { key: "coupons", title: "How do coupons and points work?", paragraphs: ["The checkout chooses the combination with the lowest total; you may choose otherwise. Coupons come back when an order is canceled.", "Points come when an order is both signed for and paid."] },
  { key: "invoices", title: "How do I get an invoice?", paragraphs: ["Choose personal or company at the checkout; a company gives its unified social credit code."] },
  { key: "price", title: "Prices explained", paragraphs: ["Every price can be opened to see each discount and why. If a total changes while you order, you are told first and never charged otherwise."] },
  {
    key: "privacy",
    title: "Privacy",
    paragraphs: [
      "We keep what an order needs: receiver, phone and address, encrypted in the database.",
      "What you looked at stays on your device. Change your data or delete your account under “Profile and security” at any time.",
    ],
  },
  { key: "terms", title: "Terms", paragraphs: ["By ordering you agree to buy at the price shown; the contract is made when the shop sends the goods. What can't be fulfilled is refunded in full."] },
];

/** What is often asked, and answered. */
export const content: Record<Lang, readonly Content[]> = { "zh-CN": zh, en };
