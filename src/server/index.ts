export { createApp, type App, type AppOptions } from "./create-app.ts";
