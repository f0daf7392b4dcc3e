"""The Python side of `cargo xtask interop`: exchanges values with the codec by way of files.

For each case it parses what the codec wrote, compares it with a message built here, field by field, from the values below, and
writes that message as Python encodes it, for the codec to read. Descriptors come from the exported `.proto` files.
"""

import pathlib
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FOLDER = pathlib.Path(sys.argv[1])

pool = descriptor_pool.DescriptorPool()
files = descriptor_pb2.FileDescriptorSet.FromString((FOLDER / "descriptors.bin").read_bytes())
for file in files.file:
    pool.Add(file)


def make(name):
    """The class of the message with this name."""
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def enum(name, value):
    """The number of a value of an enum."""
    return pool.FindEnumTypeByName(name).values_by_name[value].number


Point = make("zoo.common.v1.Point")
Scalars = make("zoo.v1.Scalars")
Optionals = make("zoo.v1.Optionals")
Lists = make("zoo.v1.Lists")
Maps = make("zoo.v1.Maps")
Tree = make("zoo.v1.Tree")
Drawing = make("zoo.v1.Drawing")
Shape = make("zoo.v1.Shape")
Times = make("zoo.v1.Times")
Odds = make("zoo.v1.Odds")
Older = make("zoo.v1.Older")
Newer = make("zoo.v1.Newer")
Envelope = make("zoo.v1.Envelope")

GIVEN_UP = enum("zoo.common.v1.Status", "STATUS_GIVEN_UP")
BUSY = enum("zoo.common.v1.Status", "STATUS_BUSY")
RED = enum("zoo.common.v1.Color", "COLOR_RED")
GREEN = enum("zoo.common.v1.Color", "COLOR_GREEN")

U32, U64 = 2**32 - 1, 2**64 - 1
I32, I64 = 2**31 - 1, 2**63 - 1
F32 = (2 - 2**-23) * 2.0**127


def scalars_high():
    return Scalars(
        small=255, short=65535, uint32=U32, uint64=U64, sint32=I32, sint64=I64, int32=I32, int64=I64,
        fixed32=U32, fixed64=U64, sfixed32=I32, sfixed64=I64, float=F32, double=sys.float_info.max, bool=True,
        string="größer 🦀", bytes=b"\x00\xff\x80", character=0x10FFFF, wide=b"\xfe" + b"\xff" * 15,
        positive=U32, status=I32, color=GREEN, last=127,
    )


def scalars_low():
    return Scalars(
        sint32=-I32 - 1, sint64=-I64 - 1, int32=-I32 - 1, int64=-I64 - 1, sfixed32=-I32 - 1, sfixed64=-I64 - 1,
        float=float("-inf"), double=-0.0, positive=1, status=GIVEN_UP, color=RED, last=-128,
    )


def optionals_default():
    return Optionals(
        number=0, text="", bytes=b"", point=Point(), status=0, flag=False, twice=Optionals.Twice(),
        list=b"\x01\xac\x02", plain=Point(y=-1),
    )


def lists():
    return Lists(
        numbers=[0, 1, U32], signed=[-I64 - 1, -1, 0, I64], unpacked=[1, U64], texts=["", "two"],
        blobs=[b"", b"\x01\x02"], points=[Point(), Point(x=1, y=-1)], statuses=[0, GIVEN_UP, 7],
        holes=[Lists.Holes(value=0), Lists.Holes(), Lists.Holes(value=5)], runs=[b"\x01\xac\x02", b""],
        lists=[Lists.Lists_(items=["a", ""]), Lists.Lists_()],
    )


def maps():
    made = Maps(
        counts={"": 0, "most": U64}, statuses={0: 0, U64: BUSY}, flags={False: b"", True: b"\xff"},
        lists=[Maps.Lists(key="a", value=[1, 2, 300]), Maps.Lists(key="none")],
        hosts=[Maps.Hosts(key=b"\x7f\x00\x00\x01", value="here")],
    )
    made.points[-I32 - 1].CopyFrom(Point(x=1, y=2))
    made.points[0].CopyFrom(Point())
    made.pairs[ord("ß")].CopyFrom(Maps.Pairs(field_1=5, field_2="five"))
    made.pairs[0].CopyFrom(Maps.Pairs())
    return made


def tree():
    branch = Tree(name="branch", children=[Tree(name="a"), Tree()])
    return Tree(name="root", children=[branch, Tree(name="b")], origin=Tree(name="seed"))


def drawing():
    rectangle = Drawing.Rectangle(corner=Point(x=-1), size=Drawing.Rectangle.Size(field_1=3, field_2=4))
    return Drawing(title="frame", rectangle=rectangle, shape=Shape(empty={}))


def drawing_group():
    polygon = Shape.Polygon(items=[Point(x=1, y=1), Point()])
    parts = [Shape(circle=0.0), Shape(polygon=polygon), Shape(group=Shape.Group())]
    return Drawing(shape=Shape(group=Shape.Group(items=parts)))


def times():
    made = Times(history=[{}, {"seconds": 1_700_000_000, "nanos": 1}])
    made.took.seconds, made.took.nanos = 315_576_000_000, 999_999_999
    made.limit.SetInParent()
    made.at.seconds, made.at.nanos = -2, 500_000_000
    return made


def odds():
    return Odds(
        pair=Odds.Pair(field_1=7, field_2="seven"),
        outcomes=[Odds.Outcomes(ok=0), Odds.Outcomes(err="no"), Odds.Outcomes(err="")],
        unit={}, range=Odds.Range(start=-5, end=I64), peer=Odds.Peer(address=b"\x00" * 15 + b"\x01", port=8080),
        bounds=[0.5, -F32],
    )


def newer():
    return Newer(number=9, text="kept", points=[Point(x=1, y=2), Point(x=3, y=4)], hash=0xFEEDF00D)


def envelope():
    made = Envelope(more=[{}, {"seconds": I64, "nanos": 1}])
    made.sent.seconds, made.sent.nanos = -1, 5
    made.body.Pack(tree(), deterministic=True)
    return made


CASES = {
    "scalars_high": scalars_high,
    "scalars_low": scalars_low,
    "optionals_none": Optionals,
    "optionals_default": optionals_default,
    "lists": lists,
    "lists_empty": Lists,
    "maps": maps,
    "tree": tree,
    "drawing": drawing,
    "drawing_group": drawing_group,
    "times": times,
    "odds": odds,
    "unknown": newer,
    "envelope": envelope,
}


def refuse(message):
    sys.exit(f"exchange.py: {message}")


def main():
    written = {path.stem for path in FOLDER.glob("*.bin")} - {"descriptors"}
    if written != set(CASES):
        refuse(f"cases that only one side has: {sorted(written ^ set(CASES))}")
    for name, build in CASES.items():
        expected = build()
        received = (FOLDER / f"{name}.bin").read_bytes()
        message = type(expected).FromString(received)
        if message != expected:
            refuse(f"{name}: the codec wrote\n{message}\nwhere this was expected:\n{expected}")
        if name == "unknown":
            # Through a reader that knows only the number.
            answer = Older.FromString(received).SerializeToString()
        else:
            answer = expected.SerializeToString()
        (FOLDER / f"{name}.out").write_bytes(answer)
        if name == "envelope":
            unpacked = Tree()
            if not message.body.Unpack(unpacked) or unpacked != tree():
                refuse(f"{name}: the Any does not unpack")
    print(f"exchange.py: {len(CASES)} values arrived as they were")


main()
