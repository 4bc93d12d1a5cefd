// A client as an app would write it on the generated types: it is compiled, never run.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

type Answer = components["schemas"]["Answer"];

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:8080" });

export async function analyze(image: string): Promise<Answer | string> {
  const { data, error, response } = await client.POST("/analyze", {
    body: { image, preferredLanguage: "sv", watchedIngredients: ["palmolja"] },
  });
  if (error) return `${error.error}: ${error.message} (${error.requestId})`;
  if (response.status === 202 && "stage" in data) return await fetched(data.analysisId);
  return data as Answer;
}

export async function fetched(id: string): Promise<Answer | string> {
  const { data, error } = await client.GET("/analyses/{id}", { params: { path: { id } } });
  if (error) return error.message;
  return "stage" in data ? `${data.stage} ${data.percent.toFixed(0)} %: ${data.message}` : data;
}

export function explained(answer: Answer): string[] {
  const verdict: "vegan" | "non-vegan" | "uncertain" | "unknown" = answer.status;
  const used: number | undefined = answer.usageInfo?.analysesUsed;
  const lines = answer.ingredientList.map((item) => `${item.name} ${item.status} ${item.statusColor} ${item.reason}`);
  return [verdict, String(answer.isVegan ?? "?"), String(used ?? ""), ...lines];
}

export async function typed(): Promise<string> {
  const { data } = await client.POST("/api/analyze/text", { body: { ingredients: ["vatten", "salt"] } });
  const names: string[] = data?.ingredientList ?? [];
  return names.join(", ");
}

export async function shippedVideo(base64Data: string): Promise<Answer | undefined> {
  const body = { base64Data, mimeType: "video/mp4", requestId: "1" };
  return (await client.POST("/api/video/analyze-video", { body })).data?.result;
}

// @ts-expect-error A body of the wrong type does not compile.
void client.POST("/analyze-text", { body: { ingredients: "salt" } });
// @ts-expect-error Nor does a path that is not there.
void client.GET("/analyse");
