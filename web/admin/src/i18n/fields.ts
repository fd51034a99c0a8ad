import type { Lang } from "./index";

/** What the fields of actions are called in Chinese where the API says no more than their name. */
const FIELDS: Record<string, string> = {
  accept_over: "允许超收", accept_reason: "放行原因", account_id: "账号", action: "操作", active: "启用", active_from: "生效时间", active_to: "失效时间", adapter: "对接方式", address_id: "地址",
  after: "从此之后", amount: "数额", amount_minor: "金额（分）", answer: "结果", answer_id: "回答", api_key_id: "API 密钥", api_v3_key: "APIv3 密钥", app_id: "应用 ID", approve: "通过",
  at: "时间", attribute_changes: "属性改动", attribute_id: "属性", attributes: "属性", axes: "规格维度", barcodes: "条码", bargain_id: "砍价", base: "基于版本", base_url: "接口地址", basis: "计费方式",
  batch: "优惠券批次", benefit: "优惠", best_coupons: "自动选最优券", bin: "货位", bins: "货位", bins_max: "最多货位数", blind: "盲盘（不显示账面数）", blocks: "阻止发货", body: "正文", brand: "品牌",
  brand_id: "品牌", bucket: "库存状态", buffer: "预留件数", buyer_remark: "买家留言", cainiao: "菜鸟编码", call_id: "调用编号", campaigns: "促销", carrier: "快递", cart_token: "购物车令牌",
  cart_version: "购物车版本", carton: "纸箱", carton_g: "纸箱重量（克）", cartons: "纸箱", catch_up: "补记已发生的", category_id: "类目", cause: "原因", certificate_serial: "证书序列号",
  certificates: "证书", challenge: "验证码", channel: "渠道", channel_order_id: "渠道订单", choice: "处理方式", city: "市", code: "编码", combines: "可与其他合并", combining: "多模板合并方式",
  company_id: "公司", components: "组成", condition: "条件", consumer: "处理者", count: "数量", count_id: "盘点", coupon_id: "优惠券", coupons: "优惠券", currency: "币种",
  current_password: "当前密码", customer_id: "会员", day: "日期", days: "天数", delay_minutes: "延迟（分钟）", delivery: "配送", demand_id: "采购需求", department_id: "部门", descriptions: "描述",
  district: "区县", doc: "单据", docs: "单据", document_id: "单据", due: "只要到时间的", due_on: "到期日", email: "邮箱", en: "英文名称", ends_at: "结束时间", entries: "明细", entry_id: "凭证",
  environment: "环境", event: "业务事件", events: "事件", every: "间隔", exchange_days: "可换货天数", expected_on: "预计到货日", expected_total_minor: "应付合计（分）", expires_at: "失效时间",
  expires_on: "有效期至", external_no: "外部单号", file_name: "文件名", file_sha256: "文件校验值", filterable: "可筛选", first: "首个号码", flag: "旗帜", floor_minor: "底价（分）", foot: "页脚位置",
  force: "强制", found: "实盘", fragile: "易碎", freight_minor: "运费（分）", from_floor: "从货位拣货", from_warehouse_id: "调出仓库", funders: "承担方", gifts: "赠品", grants: "权限", group: "互斥组",
  group_id: "拼团", guests: "允许游客下单", headers: "请求头", helps: "砍价人数", hold_minutes: "占用时长（分钟）", hours: "营业时间", id: "编号", identity: "标识", instead_of: "取代版本", intent_id: "支付单",
  invoice: "发票", invoices: "可开发票", is_answer: "是否应答", is_default: "设为默认", is_enabled: "启用", is_over: "已结束", items: "明细", kdniao: "快递鸟编码", keep_deposit: "逾期定金不退",
  key: "标识", kind: "类型", kuaidi100: "快递100 编码", layer: "层级", level: "会员等级", limit: "最多条数", limit_minor: "额度（分）", limits: "限量", line: "行号", line_id: "行", lines: "明细",
  link_id: "链接", list_at: "上架时间", listing_id: "渠道商品", listings: "渠道商品", lock_id: "锁定", logo: "标志图片", looked_at: "查看时间", lot: "批次", low_at: "低于时提醒", made_on: "生产日期",
  make_default: "设为默认", mapping: "列对应", max_minor: "最高金额（分）", max_qty: "最多购买件数", media: "图片与视频", members_max: "最多会员数", merchant: "商户号", method: "方式", min_minor: "最低金额（分）",
  min_qty: "起订量", minutes: "处理时限（分钟）", mode: "分配方式", monthly_account: "月结账号", more: "其余", name: "名称", name_en: "英文名称", names: "各语言名称", needs_coupon: "须用优惠券",
  not_to: "不送地区", note: "备注", note_max: "留言字数上限", notice_id: "入库通知", number: "单号", numbers: "号码", on: "启用", on_change: "价格有变时", on_delivery: "支持货到付款",
  one_at_a_time: "同时只开一团", open_from: "开放时间", open_to: "截止时间", options: "选项", order_id: "订单", ordered_at: "下单时间", orders: "订单", origins: "发货地", outcome: "结果",
  over_percent: "允许超收比例（%）", paid_minor: "已付金额（分）", parcel_id: "包裹", parent_id: "上级", partner: "合作伙伴编码", password: "密码", paused: "暂停", pay_minutes: "付款时限（分钟）",
  payment_minutes: "付款时限（分钟）", per_buyer: "每人最多", percent_bp: "百分比（万分之一）", period: "期间（如 202611）", phone: "手机号", pictures: "图片", platform_key: "平台公钥",
  platform_key_id: "平台公钥 ID", points: "积分", policy: "规则", position: "排序", price_minor: "价格（分）", priority: "优先级", private_key: "商户私钥", problem: "问题", problem_zh: "问题（中文）",
  product_id: "商品", product_ids: "商品", promotion_id: "促销", provider: "支付渠道", province: "省", qty: "件数", qty_step: "购买步长", question_id: "提问", quote: "报价币种", rate: "汇率",
  reason: "原因", reason_zh: "原因（中文）", receiver: "收货人", ref: "外部编号", reference: "单号或备注", refund_days: "可退款天数", region: "行政区划代码", related: "相关商品", release: "立即下发拣货",
  remark: "买家备注", replace: "整体替换", request_id: "申请", required: "必填", return_days: "可退货天数", review_id: "评价", revision: "修订号", roles: "角色", route: "路由", rule: "规则",
  safety: "安全库存", scans: "物流节点", scene: "支付场景", scenes: "支付场景", scope: "范围", scopes: "数据范围", secret: "密钥", seller_remark: "卖家备注", send_to: "送往", seq: "序号", serials: "序列号",
  session_id: "会话", sha256: "校验值", shape: "规格", shared_code: "通用码", sheet: "表格", ship_by: "最晚发货", ships_from: "开始发货日", shop_id: "店铺", since: "起始时间", size: "成团人数",
  sizes: "尺寸", sku_code: "SKU 编码", sku_id: "SKU", sku_name: "SKU 名称", skus: "SKU", slip: "送货单号", slug: "页面地址", source: "来源", stars: "星级", starts_at: "开始时间", state: "状态",
  statement_id: "渠道账单", status: "状态", status_at: "状态时间", stock: "库存", street: "详细地址", summary: "摘要", surcharge_minor: "附加费（分）", table: "决策表", tags: "标签", take_over: "接手",
  task_id: "拣货任务", tax_rate: "税率", temperature: "温层", terms: "付款条件", text: "内容", timezone: "时区", title: "标题", title_en: "英文标题", to: "改为", to_region: "目的地",
  to_warehouse_id: "调入仓库", token: "令牌", total_minor: "合计（分）", unit: "单位", unit_id: "发货单", unit_ids: "发货单", units: "发货单", until: "截止时间", upload: "上传的文件", upright: "不可倒置",
  user_id: "员工", valid_days: "有效天数", valid_from: "有效期自", valid_to: "有效期至", variants: "规格", version: "版本", view_id: "视图", virtual: "虚拟商品", wait_for_return: "收到退货后再处理",
  warehouse_id: "仓库", wave_id: "波次", waybill: "运单号", weekdays: "星期", weight_g: "重量（克）", weight_kg: "重量（千克）", what_if_id: "试算", when: "条件", when_short: "缺货时", words: "搜索词",
  zh: "中文名称", zones: "分区",
};

/** What the choices of fields are called, in Chinese and English; `field.value` where a value means something else elsewhere. */
const CHOICES: Record<string, [string, string]> = {
  builtin: ["单号池", "Pool of numbers"], cainiao: ["菜鸟", "Cainiao"], jdl: ["京东物流", "JD Logistics"], kdniao: ["快递鸟", "KDNiao"], kuaidi100: ["快递100", "Kuaidi100"], sf: ["顺丰", "SF Express"],
  fixed: ["固定", "Fixed"], pieces: ["按件", "By piece"], volume: ["按体积", "By volume"], weight: ["按重量", "By weight"],
  adjustment: ["调整", "Adjustment"], customer: ["客户", "Customer"], defective: ["残次", "Defective"], in_transit: ["在途", "In transit"], sellable: ["可售", "Sellable"], supplier: ["供应商", "Supplier"],
  late: ["晚到", "Late"], lost: ["丢失", "Lost"], not_picked_up: ["未揽收", "Not picked up"], not_received: ["买家未收到", "Not received"], returned: ["已退回", "Returned"], returning: ["退回中", "Returning"], stuck: ["停滞", "Stuck"], trouble: ["疑难", "Trouble"],
  hold_again: ["重新占用库存", "Hold stock again"], refund: ["退款", "Refund"], first: ["取第一个", "The first"], max: ["取最高", "The highest"], sum: ["相加", "Added up"],
  live: ["正式", "Live"], sandbox: ["沙箱", "Sandbox"], simulator: ["模拟", "Simulator"], blue: ["蓝旗", "Blue"], green: ["绿旗", "Green"], purple: ["紫旗", "Purple"], red: ["红旗", "Red"], yellow: ["黄旗", "Yellow"],
  b2b: ["批发", "B2B"], douyin: ["抖音", "Douyin"], import: ["导入", "Import"], jd: ["京东", "JD"], mall: ["商城", "Mall"], pdd: ["拼多多", "Pinduoduo"], pos: ["门店收银", "Till"], taobao: ["淘宝", "Taobao"],
  exchange: ["换货", "Exchange"], normal: ["普通", "Normal"], presale: ["预售", "Pre-sale"], resend: ["补发", "Resend"], base: ["全体", "Everybody"], channel: ["渠道", "Channel"], level: ["会员等级", "Member level"], shop: ["店铺", "Shop"],
  choice: ["单选", "One of several"], choices: ["多选", "Several"], flag: ["是否", "Yes or no"], number: ["数字", "Number"], text: ["文字", "Text"], chosen: ["指定货位", "Chosen bins"], cycle: ["循环盘点", "Cycle count"], risk: ["按风险", "By risk"],
  cod: ["货到付款", "Cash on delivery"], on_account: ["挂账", "On account"], prepaid: ["先款后货", "Paid first"], codes: ["兑换码", "Codes"], shared: ["通用码", "One code for all"], "mode.shared": ["共享", "Shared"], wallet: ["卡包券", "Into wallets"],
  distributor: ["分销商", "Distributor"], other: ["其他", "Other"], store: ["门店", "Store"], return: ["退货退款", "Return"], coupon: ["优惠券", "Coupon"], item: ["单品", "Item"], order: ["订单", "Order"], platform: ["平台", "Platform"], points: ["积分", "Points"], price: ["价格", "Price"], shipping: ["运费", "Shipping"],
  bulk: ["汇总拣货", "In bulk"], each: ["逐单拣货", "Order by order"], sort: ["边拣边分", "Sort while picking"], sow: ["先拣后播", "Pick, then sow"], exclusive: ["独占", "Exclusive"], percent: ["按比例", "By percentage"],
  refuse: ["拒绝", "Refuse"], requote: ["按新价", "Take the new price"], wait: ["等货", "Wait"], failure: ["失败", "Failure"], success: ["成功", "Success"],
  correction: ["更正", "Correction"], count: ["盘点", "Count"], damaged: ["损坏", "Damaged"], found: ["找到", "Found"], sample: ["样品", "Sample"], write_off: ["报废", "Write-off"],
  missing: ["少件", "Missing"], not_as_described: ["与描述不符", "Not as described"], quality: ["质量问题", "Quality"], unwanted: ["不想要了", "Unwanted"], wrong_goods: ["发错货", "Wrong goods"],
  opening: ["期初", "Opening stock"], purchase: ["采购", "Purchase"], unmatched_return: ["无原单退货", "Return without its order"], h5: ["手机网页", "Phone's browser"], jsapi: ["微信内", "In WeChat"], native: ["扫码", "QR code"], page: ["电脑网页", "Desktop"],
  blocked: ["禁用", "Blocked"], ok: ["正常", "Fine"], recalled: ["召回", "Recalled"], closed: ["已关闭", "Closed"], open: ["待发货", "Open"], refunding: ["退款中", "Refunding"], shipped: ["已发货", "Shipped"], unknown: ["未知", "Unknown"],
  active: ["启用", "Active"], inactive: ["停用", "Inactive"], done: ["完成", "Done"], failed: ["失败", "Failed"], processing: ["处理中", "Processing"], requested: ["已申请", "Requested"], ambient: ["常温", "Ambient"], chilled: ["冷藏", "Chilled"], frozen: ["冷冻", "Frozen"],
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What a field of an action is called. */
export function fieldWord(name: string, lang: Lang): string {
  if (lang !== "en") return FIELDS[name] ?? name.replaceAll("_", " ");
  const plain = name.replace(/_id$/, "").replace(/_minor$/, ", in minor units").replaceAll("_", " ");
  return capital(plain);
}

/** What a choice of a field of an action is called. */
export function choiceWord(name: string, value: string, lang: Lang): string {
  const both = CHOICES[`${name}.${value}`] ?? CHOICES[value];
  return both ? both[lang === "en" ? 1 : 0] : value;
}
