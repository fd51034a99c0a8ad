export const zh = {
  "staff.role_name": "角色名",
  "staff.key_grants": "密钥的权限",
  "staff.key_grants_hint": "只能给您自己也有的权限；您的权限减少时，密钥也随之减少。",
  "staff.key_scope_hint": "看得到的数据，不会超过您自己的范围。",
  "ended.logout": "已退出",
  "ended.revoked": "已被吊销",
  "ended.password": "密码已改",
  "ended.disabled": "账号停用",
  "ended.expired": "已过期",
  "ended.erased": "账号已清除",
};

export const en: Record<keyof typeof zh, string> = {
  "staff.role_name": "Role",
  "staff.key_grants": "What the key may do",
  "staff.key_grants_hint": "Only what you may do yourself; when you may do less, so may the key.",
  "staff.key_scope_hint": "What it sees, never more than you do.",
  "ended.logout": "Signed out",
  "ended.revoked": "Ended by somebody",
  "ended.password": "Password changed",
  "ended.disabled": "User disabled",
  "ended.expired": "Expired",
  "ended.erased": "User erased",
};
