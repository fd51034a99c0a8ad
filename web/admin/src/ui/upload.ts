import { Refused, session, type Problem } from "../api/client";

interface Kept {
  sha256: string;
  media_type: string;
}

/** Put a picture or film into the store; the bytes tell what it is. */
export async function upload(file: File): Promise<Kept> {
  const answer = await fetch(`/api/v1/media?name=${encodeURIComponent(file.name)}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream", "x-csrf-token": session.csrf, "accept-language": session.lang },
    body: file,
  });
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Refused(body as Problem);
  return body as Kept;
}

export const sourceOf = (one: { file?: string | null; url?: string | null }): string => (one.file ? `/api/v1/media/${one.file}` : (one.url ?? ""));
