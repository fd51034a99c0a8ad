import { pages } from "./routes";

export default defineAppConfig({
  pages,
  animation: false,
  window: { navigationStyle: "custom", backgroundColor: "#f7f5ef", backgroundTextStyle: "dark" },
});
