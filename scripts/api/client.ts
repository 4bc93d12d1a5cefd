// A client as an app would write it on the types that are made from the description: scripts/test-api compiles it, and
// runs it with the address of the service and a photo in base64.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Answer = components["schemas"]["Answer"];
type Problem = components["schemas"]["Problem"];
type Json = "application/json" | "application/problem+json";

declare const process: { argv: string[] };
const [, , baseUrl = "", photo = ""] = process.argv;
const client = createClient<paths, Json>({ baseUrl });

/** The verdict on a photo; what to do, where there is none. */
async function analyze(image: string): Promise<Answer | Problem> {
  const body = { image, preferredLanguage: "sv", watchedIngredients: ["palmolja"] };
  const { data, error } = await client.POST("/analyze", { body });
  if (error) return error;
  // 202 is what `Prefer: respond-async` gets.
  return "stage" in data ? fetched(data.analysisId) : data;
}

async function fetched(id: string): Promise<Answer | Problem> {
  for (;;) {
    const { data, error } = await client.GET("/analyses/{id}", { params: { path: { id } } });
    if (error) return error;
    if (!("stage" in data)) return data;
    await new Promise((wake) => setTimeout(wake, 1000));
  }
}

/** In one line, every member as its type says. */
function told(answer: Answer | Problem): string {
  if ("error" in answer) return `${answer.status} ${answer.error}: ${answer.message}`;
  const verdict: "vegan" | "non-vegan" | "uncertain" | "unknown" = answer.status;
  const animal = answer.ingredientList.filter((item) => item.status === "non-vegan");
  const names: string[] = animal.map((item) => `${item.name} (${item.decidedBy ?? "?"}, ${item.confidence.toFixed(2)})`);
  const used: number | undefined = answer.usageInfo?.analysesUsed;
  return [verdict, answer.reasoning, ...names, used ?? "no user"].join("; ");
}

async function shipped(): Promise<string> {
  const video = await client.POST("/api/video/analyze-video", { body: { base64Data: "AAAA", mimeType: "video/mp4" } });
  const list: Answer["ingredientList"] | undefined = video.data?.result.ingredientList;
  const text = await client.POST("/api/analyze/text", { body: { ingredients: ["vatten", "salt"] } });
  const names: string[] = text.data?.ingredientList ?? [];
  return `${video.error?.error ?? list?.length}, ${names.join(" ")}`;
}

// What does not fit does not compile; none of it is run.
export const misfits = [
  // @ts-expect-error A body of the wrong type.
  () => client.POST("/analyze-text", { body: { ingredients: "salt" } }),
  // @ts-expect-error A body without what must be in it.
  () => client.POST("/api/video/analyze-video", { body: { base64Data: "AAAA" } }),
  // @ts-expect-error A path that is not there.
  () => client.GET("/analyse"),
  // @ts-expect-error A member that no answer has.
  (answer: Answer) => answer.veganess,
];

console.log(`a photo: ${told(await analyze(photo))}`);
console.log(`no photo: ${told(await analyze("***"))}`);
console.log(`shipped paths: ${await shipped()}`);
