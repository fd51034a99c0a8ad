import path from "node:path";
import { defineConfig } from "@tarojs/cli";
import { customRoutes } from "../src/routes";

const PLATFORMS = { h5: "@tarojs/plugin-platform-h5", weapp: "@tarojs/plugin-platform-weapp", alipay: "@tarojs/plugin-platform-alipay" };
const platform = (process.env.TARO_ENV ?? "h5") as keyof typeof PLATFORMS;
// Sizes are written in CSS pixels and layouts by media queries, so nothing is scaled to the width of a design.
const postcss = { pxtransform: { enable: false }, cssModules: { enable: false } };

/** The H5 build goes to dist, from where the server gives it at / and /mall; mini-programs to dist-weapp and so on. */
export default defineConfig({
  projectName: "shangmai-mall",
  designWidth: 375,
  deviceRatio: { 375: 2, 640: 1.17, 750: 1, 828: 0.905 },
  sourceRoot: "src",
  outputRoot: platform === "h5" ? "dist" : `dist-${platform}`,
  framework: "react",
  compiler: { type: "webpack5", prebundle: { enable: false } },
  cache: { enable: false },
  plugins: [PLATFORMS[platform], "@tarojs/plugin-framework-react", "@tarojs/plugin-html"],
  alias: { "@": path.resolve(__dirname, "..", "src") },
  defineConstants: { MALL_API: JSON.stringify(process.env.MALL_API ?? "") },
  mini: { postcss },
  h5: {
    publicPath: "/mall/",
    staticDirectory: "built",
    router: { mode: "browser", customRoutes },
    output: { filename: "built/[name].[contenthash:8].js", chunkFilename: "built/[name].[contenthash:8].js" },
    miniCssExtractPluginOption: { filename: "built/[name].[contenthash:8].css", chunkFilename: "built/[name].[contenthash:8].css" },
    // Tags stay tags in browsers; only mini-programs need them turned into classes.
    postcss: { ...postcss, autoprefixer: { enable: true }, htmltransform: { enable: false } },
    webpackChain(chain) {
      // What several pages use is fetched once, with the first of them.
      chain.optimization.splitChunks({
        chunks: "all",
        cacheGroups: { common: { name: "common", minChunks: 2, priority: 1 }, vendors: { name: "vendors", test: /node_modules/, priority: 2 } },
      });
      chain.performance.hints(false);
    },
  },
});
