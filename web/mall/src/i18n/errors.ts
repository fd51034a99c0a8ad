import { Refused } from "@/api/client";
import { t } from ".";

/** What a person is told of an error: the server's own words say what to do next; ours do where it was not reached. */
export function told(error: unknown): string {
  if (!(error instanceof Refused)) return t("wrong.bug");
  if (error.problem.code === "offline") return t("wrong.offline");
  if (error.problem.code === "unreadable") return t("wrong.server", { status: error.problem.status });
  if (error.problem.code === "kernel.NoSuchAddress") return t("lost.hint"); // what the server says is for programmers
  const fields = error.problem.data["fields"];
  const named = Array.isArray(fields) ? fields.map((each: { path?: string; problem?: string }) => `${each.path ?? ""} ${each.problem ?? ""}`.trim()) : [];
  return named.length ? `${error.problem.message} (${named.join("; ")})` : error.problem.message;
}
