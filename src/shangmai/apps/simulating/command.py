"""`shangmai simulate payments` and `shangmai simulate carriers`."""

from __future__ import annotations

import asyncio
import socket
from typing import Annotated, Final

import uvicorn
from cyclopts import App, Parameter
from litestar import Litestar
from litestar.datastructures import State

from shangmai.apps.simulating import alipay, control, wechat
from shangmai.apps.simulating.carriers import control as carriers_control
from shangmai.apps.simulating.carriers import systems
from shangmai.apps.simulating.carriers.desk import Desk
from shangmai.apps.simulating.holding import Platform

app: Final = App(name="simulate", help="模拟外部系统。 Simulate systems of others.")


def create_app(platform: Platform) -> Litestar:
    """The simulator as an application."""
    return Litestar(
        [*wechat.routes, *alipay.routes, *control.routes],
        state=State({"platform": platform}),
        openapi_config=None,
        logging_config=None,
    )


def create_carriers(desk: Desk) -> Litestar:
    """The simulator of carriers as an application."""
    return Litestar(
        [*systems.routes, *carriers_control.routes],
        state=State({"desk": desk}),
        openapi_config=None,
        logging_config=None,
    )


@app.command
def payments(
    *,
    port: Annotated[int, Parameter(help="端口，0 为任意空闲端口。 Port; 0 takes any free one.")] = 8790,
    host: Annotated[str, Parameter(help="监听地址。 Address to listen on.")] = "127.0.0.1",
) -> None:
    """模拟微信支付与支付宝。 Simulate WeChat Pay and Alipay until Ctrl-C."""
    listening = socket.create_server((host, port))
    platform = Platform()
    platform.base_url = f"http://{host}:{listening.getsockname()[1]}"
    print(f"{platform.base_url}  模拟微信支付与支付宝 · WeChat Pay and Alipay, simulated. Ctrl-C", flush=True)
    _serve(create_app(platform), listening)


@app.command
def carriers(
    *,
    port: Annotated[int, Parameter(help="端口，0 为任意空闲端口。 Port; 0 takes any free one.")] = 8791,
    host: Annotated[str, Parameter(help="监听地址。 Address to listen on.")] = "127.0.0.1",
    seed: Annotated[
        int, Parameter(help="决定哪些包裹延误、退回、丢失。 Which parcels are late, go back, get lost.")
    ] = 1,
) -> None:
    """模拟顺丰、京东物流、菜鸟、快递鸟与快递100。 Simulate carriers and aggregators until Ctrl-C."""
    listening = socket.create_server((host, port))
    desk = Desk(seed)
    desk.base_url = f"http://{host}:{listening.getsockname()[1]}"
    print(f"{desk.base_url}  模拟快递公司 · Carriers, simulated. Ctrl-C", flush=True)
    _serve(create_carriers(desk), listening)


def _serve(application: Litestar, listening: socket.socket) -> None:
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, access_log=False))
    asyncio.run(server.serve(sockets=[listening]))
