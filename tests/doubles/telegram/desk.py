"""Methods besides messages: the bot itself, its chats, answers to queries, files, payments, commands, webhooks."""

import json
import os
import re
import shutil
from pathlib import Path

from tests.doubles.telegram.groups import Gathering, member_of
from tests.doubles.telegram.messages import METHODS as MESSAGES
from tests.doubles.telegram.messages import Method, message_text
from tests.doubles.telegram.people import Chat
from tests.doubles.telegram.rules import OutOfBounds, bad, check_commands, check_keyboard
from tests.doubles.telegram.world import TOKEN, Charge, Json, World


def get_me(world: World, asked: Json) -> Json:
    able = ("can_join_groups", "supports_guest_queries", "can_connect_to_business")
    unable = ("supports_inline_queries", "has_main_web_app", "has_topics_enabled", "allows_users_to_create_topics")
    can = dict.fromkeys(able, True) | dict.fromkeys(unable, False)
    return world.bot | can | {"can_read_all_group_messages": world.reads_all}


def get_file(world: World, asked: Json) -> Json:
    file = world.files.get(asked["file_id"])
    if file is None or file.gone:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if world.local is None and max(file.real_size, file.claimed or 0) > world.limits.download:
        raise bad("file is too big")
    path = file.path if world.local is None else str(_on_disk(world.local, file.path, file.source))
    return {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": file.real_size, "file_path": path}


def _on_disk(folder: Path, place: str, source: "bytes | Path") -> Path:
    """The folder of a local Bot API server's files."""
    path = folder / TOKEN / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(source, bytes):
        path.write_bytes(source)
    elif not path.exists():
        try:
            os.link(source, path)
        except OSError:
            shutil.copyfile(source, path)
    return path.absolute()


def get_chat(world: World, asked: Json) -> Json:
    chat = _reachable(world, asked)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    look = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, False)}
    linked = chat.linked if isinstance(chat, Gathering) else None
    return chat.raw | look | ({"linked_chat_id": linked.id} if linked is not None else {})


def get_chat_member(world: World, asked: Json) -> Json:
    chat = _reachable(world, asked)
    if isinstance(chat, Gathering):
        return chat.member(asked["user_id"])
    if asked["user_id"] not in (chat.id, world.bot["id"]):
        raise bad("user not found")
    return member_of(world.bot if asked["user_id"] != chat.id else world.people[chat.id].raw, "member")


def get_chat_administrators(world: World, asked: Json) -> list[Json]:
    return _gathering(world, asked).admins()


def leave_chat(world: World, asked: Json) -> bool:
    _gathering(world, asked).leave()
    return True


def _reachable(world: World, asked: Json) -> Chat:
    chat = world.chat(asked["chat_id"])
    if isinstance(chat, Gathering):
        chat.check_open()
    return chat


def _gathering(world: World, asked: Json) -> Gathering:
    chat = _reachable(world, asked)
    if not isinstance(chat, Gathering):
        raise bad("there are no administrators in the private chat")
    return chat


def answer_callback_query(world: World, asked: Json) -> bool:
    if len(asked.get("text", "")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    world.answer(asked["callback_query_id"], "callback", asked, world.limits.query_seconds)
    return True


def answer_pre_checkout_query(world: World, asked: Json) -> bool:
    if not asked["ok"] and not asked.get("error_message"):
        raise bad("ERROR_MESSAGE_EMPTY")
    world.answer(asked["pre_checkout_query_id"], "checkout", asked, world.limits.checkout_seconds)
    return True


def answer_guest_query(world: World, asked: Json) -> Json:
    result = asked["result"]
    said = result.get("input_message_content", {})
    if result["type"] != "article" or "message_text" not in said:
        raise OutOfBounds("this double takes articles with a text in answer to guests, and nothing else")
    if not 1 <= len(result["id"].encode()) <= 64:
        raise bad("RESULT_ID_INVALID")
    content = message_text(world, said["message_text"], said.get("parse_mode", ""), said.get("entities"))
    markup = check_keyboard(result.get("reply_markup"))
    world.answer(asked["guest_query_id"], "guest", asked, None)
    query = world.queries[asked["guest_query_id"]]
    assert query.chat is not None
    content |= {"from": world.bot} | ({"reply_markup": markup} if markup else {})
    post = query.chat.place(content, query.reply_to, None)
    post.by_bot, post.inline_id = True, f"guest-inline-message-{world.number('inline')}"
    world.inline[post.inline_id] = query.chat, post
    return {"inline_message_id": post.inline_id}


def refund_star_payment(world: World, asked: Json) -> bool:
    charge = world.charges.get(asked["telegram_payment_charge_id"])
    if charge is None or charge.person.id != asked["user_id"]:
        raise bad("CHARGE_ID_INVALID")
    if charge.refunded:
        raise bad("CHARGE_ALREADY_REFUNDED")
    charge.refunded = True
    charge.chat.publish({"from": charge.person.raw, "refunded_payment": charge.said}, {})
    return True


def get_star_transactions(world: World, asked: Json) -> Json:
    made = [one for charge in world.charges.values() for one in _transactions(charge)]
    start = asked.get("offset", 0)
    return {"transactions": made[start : start + asked.get("limit", 100)]}


def _transactions(charge: Charge) -> list[Json]:
    partner = {"type": "user", "transaction_type": "invoice_payment", "user": charge.person.raw}
    partner |= {"invoice_payload": charge.payload}
    one = {"id": charge.id, "amount": charge.amount, "date": int(charge.at)}
    return [one | {"source": partner}] + ([one | {"receiver": partner}] if charge.refunded else [])


def set_my_commands(world: World, asked: Json) -> bool:
    place = _scope(world, asked)
    world.commands[place] = check_commands(asked["commands"], place[1])
    return True


def delete_my_commands(world: World, asked: Json) -> bool:
    world.commands.pop(_scope(world, asked), None)
    return True


def get_my_commands(world: World, asked: Json) -> list[Json]:
    known = world.commands.get(_scope(world, asked), [])
    return [{"command": name, "description": description} for name, description in known]


def _scope(world: World, asked: Json) -> tuple[str, str]:
    scope = asked.get("scope", {"type": "default"})
    if "chat_id" in scope:
        world.chat(scope["chat_id"])
    return json.dumps(scope, sort_keys=True), asked.get("language_code", "")


def set_my_description(world: World, asked: Json) -> bool:
    return _described(world, "description", asked, 512)


def set_my_short_description(world: World, asked: Json) -> bool:
    return _described(world, "short_description", asked, 120)


def get_my_description(world: World, asked: Json) -> Json:
    return {"description": world.descriptions.get(("description", asked.get("language_code", "")), "")}


def get_my_short_description(world: World, asked: Json) -> Json:
    return {"short_description": world.descriptions.get(("short_description", asked.get("language_code", "")), "")}


def _described(world: World, which: str, asked: Json, limit: int) -> bool:
    text = asked.get(which, "")
    if len(text) > limit:
        raise bad("BOT_DESCRIPTION_TOO_LONG")
    world.descriptions[which, asked.get("language_code", "")] = text
    return True


def get_business_connection(world: World, asked: Json) -> Json:
    business = world.businesses.get(asked["business_connection_id"])
    if business is None:
        raise bad("business connection not found")
    return business.raw


def set_webhook(world: World, asked: Json) -> bool:
    url = asked["url"]
    if url and not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", url):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if not re.fullmatch("[A-Za-z0-9_-]{0,256}", asked.get("secret_token", "")):
        raise bad("secret token contains unallowed characters")
    world.updates.allow(asked.get("allowed_updates"))
    world.webhook = dict(asked) if url else None
    _drop_pending(world, asked)
    world.notify()
    return True


def delete_webhook(world: World, asked: Json) -> bool:
    world.webhook = None
    _drop_pending(world, asked)
    world.notify()
    return True


def _drop_pending(world: World, asked: Json) -> None:
    if asked.get("drop_pending_updates"):
        world.updates.waiting.clear()


def get_webhook_info(world: World, asked: Json) -> Json:
    info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(world.updates.waiting)}
    if world.updates.allowed is not None:
        info["allowed_updates"] = sorted(world.updates.allowed)
    if world.webhook is not None:
        info |= {"url": world.webhook["url"], "max_connections": world.webhook.get("max_connections", 40)}
    return info | world.webhook_error


def take_leave(world: World, asked: Json) -> bool:
    return True


METHODS: dict[str, Method] = MESSAGES | {
    "getMe": get_me,
    "getFile": get_file,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "leaveChat": leave_chat,
    "answerCallbackQuery": answer_callback_query,
    "answerPreCheckoutQuery": answer_pre_checkout_query,
    "answerGuestQuery": answer_guest_query,
    "refundStarPayment": refund_star_payment,
    "getStarTransactions": get_star_transactions,
    "setMyCommands": set_my_commands,
    "deleteMyCommands": delete_my_commands,
    "getMyCommands": get_my_commands,
    "setMyDescription": set_my_description,
    "setMyShortDescription": set_my_short_description,
    "getMyDescription": get_my_description,
    "getMyShortDescription": get_my_short_description,
    "getBusinessConnection": get_business_connection,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "close": take_leave,
    "logOut": take_leave,
}
