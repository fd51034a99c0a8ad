import { read, session } from "../api/client";

interface Kept {
  sha256: string;
  media_type: string;
}

/** Put a picture or film into the store; the bytes tell what it is. */
export async function upload(file: File): Promise<Kept> {
  return (await send(`/api/v1/media?name=${encodeURIComponent(file.name)}`, file)) as Kept;
}

/** Send a file as it is; what is answered. */
export const send = (path: string, file: File): Promise<unknown> =>
  read(
    fetch(path, {
      method: "POST",
      headers: { "content-type": "application/octet-stream", "x-csrf-token": session.csrf, "accept-language": session.lang },
      body: file,
    }),
  );

export const sourceOf = (one: { file?: string | null; url?: string | null }): string => (one.file ? `/api/v1/media/${one.file}` : (one.url ?? ""));
