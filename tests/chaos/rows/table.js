import { redisRows } from "./redis.js";
export const rows = [{ id: "control", fault: "none", hold: 4000, inject: async (lab) => { lab.fired = 1; } }, ...redisRows];
