import { Component, useEffect, type PropsWithChildren } from "react";
import { Refused } from "@/api/client";
import { drawing } from "@/art/drawing";
import { t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { isBrowser } from "@/platform";
import { Link } from "./Link";

/** Out of a tunnel: what could not be reached is asked for again by itself. */
function useAgainOnline(error: unknown, again?: () => void): void {
  const isOffline = error instanceof Refused && error.problem.code === "offline";
  useEffect(() => {
    if (!isOffline || !again || !isBrowser) return;
    window.addEventListener("online", again);
    return () => window.removeEventListener("online", again);
  }, [isOffline, again]);
}

/** What is shown could not be read anew: it stays, with what was typed into it. */
export function Old({ error, again }: { error?: Refused; again: () => void }) {
  useLang();
  useAgainOnline(error, again);
  if (!error) return null;
  return (
    <p className="note bad row" role="alert">
      <span className="grow">
        {t("wrong.old")} {told(error)}
      </span>
      <button className="button quiet small" onClick={again}>
        {t("wrong.again")}
      </button>
    </p>
  );
}

/** What went wrong and what to do next: try again, or go on elsewhere. */
export function Wrong({ error, again }: { error: unknown; again?: () => void }) {
  useLang();
  useAgainOnline(error, again);
  const isGone = error instanceof Refused && error.problem.status === 404;
  return (
    <section className="wrong" role="alert">
      <img src={drawing(isGone ? "茶叶罐" : "白瓷盖碗")} alt="" />
      <h2>{t(isGone ? "wrong.gone" : "wrong.title")}</h2>
      <p>{told(error)}</p>
      <div className="row center">
        {again && !isGone && (
          <button className="button" onClick={again}>
            {t("wrong.again")}
          </button>
        )}
        <Link to="home" className="button quiet">
          {t("wrong.home")}
        </Link>
      </div>
    </section>
  );
}

/** Nothing here, and where to go instead. */
export function Empty({ title, hint, art, children }: PropsWithChildren<{ title: string; hint?: string; art: string }>) {
  return (
    <section className="wrong">
      <img src={drawing(art)} alt="" />
      <h2>{title}</h2>
      {hint && <p>{hint}</p>}
      <div className="row center">{children}</div>
    </section>
  );
}

/** Keeps an error of one page from taking the others with it. */
export class Boundary extends Component<PropsWithChildren, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    return this.state.error === undefined ? this.props.children : <Wrong error={this.state.error} again={() => this.setState({ error: undefined })} />;
  }
}
