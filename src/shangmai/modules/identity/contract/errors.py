"""What identity refuses, and what to do about it."""

from __future__ import annotations

from shangmai.kernel.errors import Conflict, Denied, Invalid, NotFound, TooMany, Unauthenticated, Unavailable


class SignInFailed(Unauthenticated):
    """The login name or the password is wrong; check both and try again."""

    zh = "登录名或密码不正确，请核对后重试。"


class TotpNeeded(Unauthenticated):
    """Enter the code your authenticator app shows, or one of your recovery codes."""

    zh = "请输入身份验证器上的动态码，或一个恢复码。"


class TotpWrong(Unauthenticated):
    """This code is wrong or was used before; wait for the next one, or use another recovery code."""

    zh = "动态码或恢复码不正确或已用过；请等待下一个动态码，或换一个恢复码。"


class UserDisabled(Denied):
    """This user is disabled; ask an administrator to enable it."""

    zh = "该用户已停用，请联系管理员启用。"


class SignInThrottled(TooMany):
    """Too many wrong attempts from here; try again in {retry_after_s} seconds."""

    zh = "尝试次数过多，请在 {retry_after_s} 秒后重试。"
    hint = "A device that you signed in on before does not wait for what others got wrong."
    zh_hint = "在您以前登录过的设备上登录，不受他人输错次数影响。"


class SignInBusy(Unavailable):
    """Too many people are signing in at this moment; try again in a few seconds."""

    zh = "当前登录人数过多，请几秒后重试。"


class SessionEnded(Unauthenticated):
    """You are not signed in any more; sign in again."""

    zh = "登录已失效，请重新登录。"


class ApiKeyRefused(Unauthenticated):
    """This API key is unknown, expired or revoked; create a new one."""

    zh = "API 密钥不存在、已过期或已吊销，请创建新的密钥。"


class CsrfTokenWrong(Denied):
    """The X-CSRF-Token header is missing or not that of this session; reload the page and try again."""

    zh = "缺少 X-CSRF-Token 请求头，或与当前登录不符；请刷新页面后重试。"


class NotJson(Invalid):
    """Send this as application/json."""

    zh = "请以 application/json 格式提交。"
    status = 415


class UserNotFound(NotFound):
    """There is no user {user_id}. Look it up in the list of users."""

    zh = "没有用户 {user_id}，请在用户列表中查找。"


class RoleNotFound(NotFound):
    """There is no role {role}. Define it first, or choose one of the list of roles."""

    zh = "没有角色 {role}，请先定义，或从角色列表中选择。"


class SessionNotFound(NotFound):
    """There is no session {session_id} of yours that is still open."""

    zh = "没有您的仍有效的登录 {session_id}。"


class ApiKeyNotFound(NotFound):
    """There is no API key {api_key_id} of yours."""

    zh = "没有您的 API 密钥 {api_key_id}。"


class LoginTaken(Conflict):
    """There is a user with the login name {login} already; choose another name."""

    zh = "登录名 {login} 已被使用，请换一个。"


class RoleIsBuiltin(Conflict):
    """The role {role} belongs to the system and cannot be changed; define one of your own."""

    zh = "角色 {role} 为系统内置，不能修改；请另行定义角色。"


class RoleInUse(Conflict):
    """{holders} users have the role {role}; give them other roles first, then remove it."""

    zh = "有 {holders} 个用户拥有角色 {role}；请先为其分配其他角色，再删除。"


class LastOwner(Conflict):
    """This is the last active owner; make somebody else an owner of everything first."""

    zh = "这是最后一个有效的老板账号；请先把另一个用户设为拥有全部数据范围的老板。"


class MoreThanYouHold(Denied):
    """You cannot give what you do not hold yourself: {what}. Leave it out, or ask somebody who holds it."""

    zh = "不能授予您自己没有的权限或数据范围：{what}。请去掉，或请拥有者操作。"


class AboveYou(Denied):
    """This user may do or see more than you: {what}. Ask somebody who holds at least as much."""

    zh = "该用户的权限或数据范围超出您：{what}。请由权限不低于该用户的人操作。"


class NotYours(Denied):
    """To do this for somebody else you need the grant identity.manage."""

    zh = "替他人执行此操作需要权限 identity.manage。"


class UserNeeded(Invalid):
    """Name the user with user_id; only a person who is signed in can leave it out."""

    zh = "请用 user_id 指明用户；只有已登录的人可以省略。"


class PasswordTooWeak(Invalid):
    """This password is easy to guess: use {distinct} different characters, no row of keys and not your login name."""

    zh = "密码过于简单：至少使用 {distinct} 个不同字符，不要使用键盘上连续的按键，也不要包含登录名。"


class CurrentPasswordWrong(Denied):
    """Your current password is wrong or missing; enter the one you sign in with."""

    zh = "当前密码不正确或未填写，请输入您的登录密码。"


class NoPreview(Conflict):
    """What needs your password cannot be previewed; run it without dry_run."""

    zh = "需要验证密码的操作不能预览，请去掉 dry_run 执行。"


class TotpIsOn(Conflict):
    """Two-step sign-in is on already; remove it first to set it up on another device."""

    zh = "已启用两步验证；如需更换设备，请先移除。"


class TotpNotEnrolled(Conflict):
    """Two-step sign-in is not being set up; begin with identity.enrol_totp."""

    zh = "尚未开始设置两步验证，请先执行 identity.enrol_totp。"


class ExpiryPassed(Invalid):
    """The expiry {expires_at} has passed already; choose a later one."""

    zh = "有效期 {expires_at} 已过，请选择更晚的时间。"
