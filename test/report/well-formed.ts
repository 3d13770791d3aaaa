const VOID = new Set(["meta", "img", "br", "link"]);

/** A tag of a page, in order of appearance. */
export interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * The tags of a page of ours, which is written as XML-like HTML: throws unless every tag is closed in order, attributes are quoted,
 * and no bare `<` or `&` is left in the text.
 */
export function tagsOf(page: string): Tag[] {
  const tags: Tag[] = [];
  const open: string[] = [];
  const body = page.replace(/^<!DOCTYPE html>\n/, "").replace(/<(style|script)([^>]*)>[\s\S]*?<\/\1>/g, "<$1$2></$1>");
  let end = 0;
  for (const match of body.matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g)) {
    checkText(body.slice(end, match.index));
    end = match.index + match[0].length;
    const [, closing, name = "", attributes = "", selfClosing] = match;
    if (closing) {
      const expected = open.pop();
      if (expected !== name) throw new Error(`</${name}> closes <${expected}>`);
      continue;
    }
    tags.push({
      name,
      attributes: new Map([...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!])),
    });
    if (!selfClosing && !VOID.has(name)) open.push(name);
  }
  checkText(body.slice(end));
  if (open.length > 0) throw new Error(`never closed: ${open.join(", ")}`);
  return tags;
}

function checkText(text: string): void {
  const stray = /<|&(?!(?:#\d+|#x[\da-f]+|\w+);)/i.exec(text);
  if (stray)
    throw new Error(`bare ${stray[0]} in the text: ${text.slice(Math.max(stray.index - 30, 0), stray.index + 30)}`);
}
