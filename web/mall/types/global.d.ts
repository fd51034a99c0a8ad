/// <reference types="@tarojs/taro" />

declare module "*.css";

declare namespace NodeJS {
  interface ProcessEnv {
    TARO_ENV: "h5" | "weapp" | "alipay";
    MALL_API?: string;
  }
}

declare const process: { env: NodeJS.ProcessEnv };
