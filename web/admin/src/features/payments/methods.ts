/** The ways in which money moves, as the API names them. */
export const METHODS = ["wechat", "alipay", "bank", "cash", "cod", "test"];
