"""AutoGen's round robin for server/benches/agents: no-op agents in memory, or agents that ask a chat endpoint."""

import asyncio
import json
import sys
import time

from autogen_agentchat.agents import AssistantAgent, BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core.model_context import BufferedChatCompletionContext

NAMES = ["discovery", "download", "summarizer"]


class NoOp(BaseChatAgent):
    @property
    def produced_message_types(self):
        return (TextMessage,)

    async def on_messages(self, messages, cancellation_token):
        return Response(chat_message=TextMessage(content="ok", source=self.name))

    async def on_reset(self, cancellation_token):
        pass


def asking(name, asked):
    from autogen_ext.models.openai import OpenAIChatCompletionClient

    info = {"vision": False, "function_calling": True, "json_output": False, "family": "unknown", "structured_output": False}
    client = OpenAIChatCompletionClient(
        model=asked["model"], base_url=asked["url"], api_key=asked["key"], model_info=info
    )
    context = BufferedChatCompletionContext(buffer_size=24)
    return AssistantAgent(name, model_client=client, model_context=context, system_message="You are one of three.")


def resident():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * 4096


async def main(asked):
    agents = [asking(name, asked) if asked["url"] else NoOp(name, "does nothing") for name in NAMES]
    # The task counts as a message.
    team = RoundRobinGroupChat(agents, termination_condition=MaxMessageTermination(asked["turns"] + 1))
    before, began = resident(), time.monotonic()
    result = await team.run(task="go")
    seconds = time.monotonic() - began
    turns = len(result.messages) - 1
    assert turns == asked["turns"], turns
    memory = max(0, resident() - before)
    state = len(json.dumps(await team.save_state()))
    print(json.dumps({"turns": turns, "seconds": seconds, "state": state, "memory": memory}))


asyncio.run(main(json.loads(sys.argv[1])))
