import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Card, Form, Input, Typography } from "antd";
import { useState } from "react";
import { api, given, Refused, type Schema } from "../api/client";
import { useLang, useSay } from "../i18n";
import { useWords } from "../ui/Wrong";
import type { Me } from "./session";

type SignIn = Schema<"SignIn">;

const needsCode = (error: unknown): boolean => error instanceof Refused && /totp/i.test(error.problem.code);

export function Login({ isAgain = false, onIn }: { isAgain?: boolean; onIn: (me: Me) => void }) {
  const say = useSay();
  const lang = useLang();
  const words = useWords();
  const [form] = Form.useForm<SignIn>();
  const [asksCode, setAsksCode] = useState(false);
  const about = useQuery({ queryKey: ["about"], queryFn: () => given(api.GET("/api/v1/about")), staleTime: Infinity });
  const signing = useMutation({
    mutationFn: (values: SignIn) => given(api.POST("/api/v1/session", { body: values })),
    onSuccess: (me) => onIn(me as Me),
    onError: (error) => {
      if (needsCode(error)) setAsksCode(true);
    },
  });
  const demo = about.data?.demo_logins ?? [];
  return (
    <Card className="login-card">
      <Typography.Title level={3}>{say("login.title")}</Typography.Title>
      {isAgain && <Alert type="info" showIcon title={say("login.expired")} />}
      <Form form={form} layout="vertical" size="large" onFinish={(values) => signing.mutate(values)} requiredMark={false}>
        <Form.Item name="login" label={say("login.login")} rules={[{ required: true }]}>
          <Input autoFocus autoComplete="username" />
        </Form.Item>
        <Form.Item name="password" label={say("login.password")} rules={[{ required: true }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        {asksCode && (
          <Form.Item name="totp" label={say("login.code")} extra={say("login.code_needed")}>
            <Input inputMode="numeric" autoComplete="one-time-code" />
          </Form.Item>
        )}
        {signing.error && <Alert type="error" showIcon title={words(signing.error)} />}
        <Button type="primary" htmlType="submit" block loading={signing.isPending}>
          {say("login.submit")}
        </Button>
      </Form>
      {demo.length > 0 && (
        <div className="demo">
          <p className="soft">{say("login.demo")}</p>
          {demo.map((one) => (
            <Button key={one.login} size="small" onClick={() => form.setFieldsValue({ login: one.login, password: one.password })}>
              {lang === "en" ? one.role_en : one.role}
            </Button>
          ))}
        </div>
      )}
    </Card>
  );
}
