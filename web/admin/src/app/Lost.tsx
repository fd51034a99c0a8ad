import { Button, Result } from "antd";
import { Link } from "react-router";
import { useSay } from "../i18n";

export function Lost() {
  const say = useSay();
  return <Result status="404" title={say("error.page")} extra={<Link to="/"><Button type="primary">{say("error.home")}</Button></Link>} />;
}
