import { Button, Result } from "antd";
import { Component, type ReactNode } from "react";
import { Refused } from "../api/client";
import { useSay } from "../i18n";

/** What is said of an error: the server's own words where it refused, and what to do where it was not reached. */
export function useWords(): (error: unknown) => string {
  const say = useSay();
  return (error) => {
    if (error instanceof Refused) return error.problem.status === 403 ? `${say("error.no_grant")} ${error.message}` : error.message;
    return error instanceof TypeError ? say("error.network") : String(error);
  };
}

/** Whether a reading has nothing to show: it failed before there was anything, or the server refuses it now. */
export const isWrong = <R extends { isLoadingError: boolean; error: unknown }>(read: R): read is Extract<R, { isLoadingError: true }> =>
  read.isLoadingError || (read.error instanceof Refused && read.error.problem.status < 500);

export function Wrong({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const say = useSay();
  const words = useWords();
  const isForbidden = error instanceof Refused && error.problem.status === 403;
  return (
    <Result
      status={isForbidden ? "403" : "warning"}
      title={isForbidden ? undefined : say("error.title")}
      subTitle={words(error)}
      extra={onRetry && !isForbidden ? <Button onClick={onRetry}>{say("error.retry")}</Button> : undefined}
    />
  );
}

interface Caught {
  error: Error | null;
}

/** Keeps the rest of the page alive when a part of it fails. */
export class Boundary extends Component<{ children: ReactNode; onRetry?: () => void }, Caught> {
  override state: Caught = { error: null };

  static getDerivedStateFromError(error: Error): Caught {
    return { error };
  }

  private readonly retry = (): void => {
    this.props.onRetry?.();
    this.setState({ error: null });
  };

  override render(): ReactNode {
    const { error } = this.state;
    return error ? <Wrong error={error} onRetry={this.retry} /> : this.props.children;
  }
}
