export function score(headers: Headers): { score: number; modifiers: [string, number][] };
