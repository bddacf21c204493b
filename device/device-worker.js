// Entry of the device worker. The program registers its own listeners.
import init from "./device.js";
await init();
