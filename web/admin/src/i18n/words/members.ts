export const zh = {
  "customer.name": "姓名",
  "customer.phone": "手机号",
  "customer.email": "邮箱",
  "customer.since": "建档时间",
  "customer.masked": "个人信息默认打码；有权限的人查看原文会被记录。",
};

export const en: Record<keyof typeof zh, string> = {
  "customer.name": "Name",
  "customer.phone": "Phone",
  "customer.email": "Email",
  "customer.since": "Known since",
  "customer.masked": "Personal data are masked; whoever may see them in clear is recorded when they do.",
};
