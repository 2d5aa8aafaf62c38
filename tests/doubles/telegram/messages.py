"""Methods for messages. Each takes a request, and returns the result or raises Refused."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.doubles.telegram.groups import ADMIN, Gathering
from tests.doubles.telegram.people import Chat
from tests.doubles.telegram.rules import (
    NOT_MODIFIED,
    OutOfBounds,
    Refused,
    bad,
    check_invoice,
    check_invoice_keyboard,
    check_keyboard,
)
from tests.doubles.telegram.seen import Document, Post
from tests.doubles.telegram.spec import Upload
from tests.doubles.telegram.text import Marked, marked
from tests.doubles.telegram.world import Json, World

Method = Callable[[World, Json], Any]
_ACTIONS = frozenset(
    {"typing", "choose_sticker", "find_location"}
    | {f"{verb}_{what}" for verb in ("record", "upload") for what in ("video", "voice", "video_note")}
    | {"upload_photo", "upload_document"}
)
_LONGEST_WAIT = 48 * 3600


def send_message(world: World, asked: Json) -> Json:
    chat = _open_chat(world, asked)
    content = message_text(world, asked.get("text", ""), asked.get("parse_mode", ""), asked.get("entities"))
    return _sent(world, chat, asked, content, check_keyboard(asked.get("reply_markup")), None)


def send_document(world: World, asked: Json) -> Json:
    chat = _open_chat(world, asked)
    content, document = _document(world, asked["document"], asked)
    return _sent(world, chat, asked, content, check_keyboard(asked.get("reply_markup")), document)


def send_invoice(world: World, asked: Json) -> Json:
    chat = _open_chat(world, asked)
    amount = check_invoice(asked)
    markup = check_invoice_keyboard(asked.get("reply_markup"))
    markup = markup or {"inline_keyboard": [[{"text": f"Pay ⭐{amount}", "pay": True}]]}
    invoice = {key: asked[key] for key in ("title", "description", "currency")}
    content: Json = {"invoice": invoice | {"start_parameter": asked.get("start_parameter", ""), "total_amount": amount}}
    raw = _sent(world, chat, asked, content, markup, None)
    world.invoices[chat.id, raw["message_id"]] = asked["payload"]
    return raw


def send_chat_action(world: World, asked: Json) -> bool:
    chat = _open_chat(world, asked)
    chat.check_thread(asked.get("message_thread_id"))
    if asked["action"] not in _ACTIONS:
        raise bad("wrong parameter action in request")
    world.actions.append(dict(asked))
    return True


def send_message_draft(world: World, asked: Json) -> bool:
    chat = _open_chat(world, asked)
    if chat.kind != "private" or not int(asked["draft_id"]):
        raise bad("drafts have an id, and are for private chats alone")
    text, mode = asked.get("text", ""), asked.get("parse_mode", "")
    kept = marked(text, mode, asked.get("entities"), world.limits.text, "message is too long")
    world.drafts.append((chat.id, int(asked["draft_id"]), kept.text))
    return True


def edit_message_text(world: World, asked: Json) -> Json | bool:
    chat, post = _to_edit(world, asked)
    if "text" not in post.raw:
        raise bad("there is no text in the message to edit")
    content = message_text(world, asked.get("text", ""), asked.get("parse_mode", ""), asked.get("entities"))
    return _edited(world, chat, post, content, check_keyboard(asked.get("reply_markup")), post.document)


def edit_message_caption(world: World, asked: Json) -> Json | bool:
    chat, post = _to_edit(world, asked)
    if "document" not in post.raw:
        raise bad("there is no caption in the message to edit")
    content = {"document": post.raw["document"], **_caption(world, asked)}
    return _edited(world, chat, post, content, check_keyboard(asked.get("reply_markup")), post.document)


def edit_message_reply_markup(world: World, asked: Json) -> Json | bool:
    chat, post = _to_edit(world, asked)
    content = {key: post.raw[key] for key in _CONTENT if key in post.raw}
    return _edited(world, chat, post, content, check_keyboard(asked.get("reply_markup")), post.document)


def edit_message_media(world: World, asked: Json) -> Json | bool:
    chat, post = _to_edit(world, asked)
    media = asked["media"]
    if media["type"] != "document":
        raise OutOfBounds(f"this double makes no {media['type']} of a message")
    if "text" not in post.raw and "document" not in post.raw:
        raise bad("message can't be edited")
    source = asked.get(media["media"], media["media"])
    if post.inline_id and isinstance(source, Upload):
        raise bad("a new file can't be uploaded to an inline message")
    content, document = _document(world, source, media)
    return _edited(world, chat, post, content, check_keyboard(asked.get("reply_markup")), document)


def delete_message(world: World, asked: Json) -> bool:
    chat = world.chat(asked["chat_id"])
    chat.check_open()
    post = chat.find(asked["message_id"])
    if post is None:
        raise bad("message to delete not found")
    may = post.by_bot or not isinstance(chat, Gathering) or chat.bot == ADMIN
    if not may or world.clock() - post.raw["date"] > _LONGEST_WAIT:
        raise bad("message can't be deleted for everyone")
    post.deleted = True
    world.notify()
    return True


def delete_business_messages(world: World, asked: Json) -> bool:
    connection, numbers = asked["business_connection_id"], asked["message_ids"]
    business = world.businesses.get(connection)
    if business is None or not business.enabled:
        raise bad("business connection not found")
    chats = [chat for (of, _), chat in world.chats.items() if of == connection]
    posts = [post for chat in chats for number in numbers if (post := chat.find(number)) is not None]
    if len(posts) < len(numbers):
        raise bad("message to delete not found")
    if not {"can_delete_sent_messages", "can_delete_all_messages"} & set(business.rights):
        raise bad("not enough rights to delete messages")
    for post in posts:
        post.deleted = True
    world.notify()
    return True


def message_text(world: World, text: str, mode: str, entities: "list[Json] | None") -> Json:
    kept = marked(text, mode, entities, world.limits.text, "message is too long")
    if not kept.text:
        raise bad("message text is empty")
    return _fields(kept, "text", "entities")


_CONTENT = ("text", "entities", "document", "caption", "caption_entities", "invoice")


def _caption(world: World, asked: Json) -> Json:
    text, mode = asked.get("caption", ""), asked.get("parse_mode", "")
    kept = marked(text, mode, asked.get("caption_entities"), world.limits.caption, "message caption is too long")
    return _fields(kept, "caption", "caption_entities") if kept.text else {}


def _fields(kept: Marked, text: str, entities: str) -> Json:
    return {text: kept.text} | ({entities: list(kept.entities)} if kept.entities else {})


def _document(world: World, source: object, asked: Json) -> tuple[Json, Document]:
    """A file that comes along, or one that Telegram has already."""
    if isinstance(source, Upload):
        if not source.content:
            raise bad("file must be non-empty")
        file = world.store(source.content, "documents", source.name, len(source.content))
        world.names[file.id] = source.name, source.mime
    else:
        known = world.files.get(str(source))
        if known is None:
            raise bad("wrong file identifier/HTTP URL specified")
        file = known
    name, mime = world.names.get(file.id, ("", ""))
    raw = {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": file.real_size, "file_name": name}
    content: Json = {"document": raw | {"mime_type": mime}, **_caption(world, asked)}
    return content, Document(name, file.content(), mime)


def _open_chat(world: World, asked: Json) -> Chat:
    """The chat where the bot wants to write, if it may."""
    connection = asked.get("business_connection_id", "")
    if connection:
        business = world.businesses.get(connection)
        if business is None or not business.enabled:
            raise bad("business connection not found")
        if "can_reply" not in business.rights:
            raise bad("not enough rights")
    chat = world.chat(asked["chat_id"], connection)
    chat.check_open()
    return chat


def _pace(world: World, chat: Chat) -> None:
    try:
        world.flood.check((chat.connection, chat.id), chat.kind, world.clock())
    except Refused as refused:
        world.floods.append(f"{chat.id}: {refused.description}")
        raise


def _sent(world: World, chat: Chat, asked: Json, content: Json, markup: Json | None, document: Document | None) -> Json:
    thread = asked.get("message_thread_id")
    chat.check_thread(thread)
    reply_to = _answered(world, chat, asked.get("reply_parameters"))
    _pace(world, chat)
    content |= {"reply_markup": markup} if markup else {}
    post = chat.place(_signed(world, chat) | content, reply_to, thread)
    post.by_bot, post.document = True, document
    return deepcopy(post.raw)


def _signed(world: World, chat: Chat) -> Json:
    if chat.connection:
        return {"from": world.businesses[chat.connection].owner.raw, "sender_business_bot": world.bot}
    return {"sender_chat": chat.raw} if chat.kind == "channel" else {"from": world.bot}


def _answered(world: World, chat: Chat, reply: Json | None) -> int | None:
    """The message that is replied to; None for none, and where it is gone but need not be there."""
    if reply is None:
        return None
    there = world.chat(reply["chat_id"]) if "chat_id" in reply else chat
    post = there.find(reply["message_id"])
    if post is None and (there is not chat or not reply.get("allow_sending_without_reply")):
        raise bad("message to be replied not found")
    if post is not None and reply.get("quote", "") not in post.text:
        raise bad("QUOTE_TEXT_INVALID")
    number: int | None = post.raw["message_id"] if post is not None and there is chat else None
    return number


def _to_edit(world: World, asked: Json) -> tuple[Chat, Post]:
    if "inline_message_id" in asked:
        if asked["inline_message_id"] not in world.inline:
            raise bad("MESSAGE_ID_INVALID")
        return world.inline[asked["inline_message_id"]]
    if "chat_id" not in asked or "message_id" not in asked:
        raise bad("message identifier is not specified")
    chat = _open_chat(world, asked)
    post = chat.find(asked["message_id"])
    if post is None:
        raise bad("message to edit not found")
    if not post.by_bot:
        raise bad("message can't be edited")
    return chat, post


def _edited(
    world: World, chat: Chat, post: Post, content: Json, markup: Json | None, document: Document | None
) -> Json | bool:
    _pace(world, chat)
    new = content | ({"reply_markup": markup} if markup else {})
    old = {key: post.raw[key] for key in (*_CONTENT, "reply_markup") if key in post.raw}
    if new == old:
        raise bad(NOT_MODIFIED)
    before = post.text
    post.keyboards += [old["reply_markup"]] if "reply_markup" in old else []
    for key in old:
        del post.raw[key]
    post.raw |= new | {"edit_date": world.now}
    post.edits += [before] if post.text != before else []
    post.document = document
    world.notify()
    return True if post.inline_id else deepcopy(post.raw)


METHODS: dict[str, Method] = {
    "sendMessage": send_message,
    "sendDocument": send_document,
    "sendInvoice": send_invoice,
    "sendChatAction": send_chat_action,
    "sendMessageDraft": send_message_draft,
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "editMessageMedia": edit_message_media,
    "deleteMessage": delete_message,
    "deleteBusinessMessages": delete_business_messages,
}
