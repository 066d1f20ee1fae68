// R: Redis.
export const redisRows = [
  {
    id: "R1", fault: "Redis is killed and started again", tests: ["D1", "D3", "D6", "D7", "D10"], quick: true, hold: 4000,
    async inject({ system, ...lab }) {
      await system.redis.child.kill();
    },
    heal: async (lab) => {
      lab.fired += 1;
      await lab.system.redis.child.start();
    },
    extra: async (lab) => lab.during("ok").length > 0 ? [] : ["nothing was acknowledged while Redis was away"],
  },
];
