// The placeholder key that the client of this suite signs with.
export const key = { accessKeyId: "CSPXEXAMPLEEXAMPLEAA", secretAccessKey: "0123456789abcdefghijklmnopqrstuvwxyzABCD" };
export const body = "x".repeat(1024);
export const GIBIBYTE = 1024 ** 3;
