import { also, fixed } from "../variants.ts";
import { type Doors, nothing } from "./shared.ts";

const io = { stdout: nothing, stderr: nothing, env: {}, columns: 80, isTty: false };
export const cliDoors: Doors = { ".": { main: { args: [also([also("--version", '""')], "[]"), fixed(io)] } } };
