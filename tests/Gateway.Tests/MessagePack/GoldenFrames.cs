using Microsoft.AspNetCore.SignalR;

namespace LiveCommerce.Gateway.Tests.MessagePack;

/// <summary>
/// Messages as bytes, checked by hand against dotnet/aspnetcore, src/SignalR/docs/specs/HubProtocol.md, section "MessagePack (MsgPack)
/// encoding", and msgpack/msgpack, spec.md, section "Formats". Each begins with its length (section "Binary encoding").
/// </summary>
internal static class GoldenFrames
{
    // "Invocation Message Encoding", Example: [1, {}, "xyz", "method", [42], []]
    public const string Invocation = "11 96 01 80 a3 78 79 7a a6 6d 65 74 68 6f 64 91 2a 90";

    // "Non-Blocking Example": no id
    public const string Send = "0e 96 01 80 c0 a6 6d 65 74 68 6f 64 91 2a 90";

    // "MessagePack Headers Encoding": {"x": "y", "z": "z"}
    public const string WithHeaders = "19 96 01 82 a1 78 a1 79 a1 7a a1 7a a3 78 79 7a a6 6d 65 74 68 6f 64 91 2a 90";

    // "StreamInvocation Message Encoding"
    public const string StreamInvocation = "11 96 04 80 a3 78 79 7a a6 6d 65 74 68 6f 64 91 2a 90";

    // "StreamItem Message Encoding"
    public const string StreamItem = "08 94 02 80 a3 78 79 7a 2a";

    // "Completion Message Encoding", Error Result
    public const string CompletionWithError = "0e 95 03 80 a3 78 79 7a 01 a5 45 72 72 6f 72";

    // "Completion Message Encoding", Void Result
    public const string CompletionOfNothing = "08 94 03 80 a3 78 79 7a 02";

    // "Completion Message Encoding", Non-Void Result
    public const string CompletionWithResult = "09 95 03 80 a3 78 79 7a 03 2a";

    // "CancelInvocation Message Encoding"
    public const string CancelInvocation = "07 93 05 80 a3 78 79 7a";

    // "Ping Message Encoding": always exactly this
    public const string Ping = "02 91 06";

    // "Close Message Encoding": two items, or three with AllowReconnect
    public const string Close = "06 92 07 a3 78 79 7a";
    public const string CloseForGood = "07 93 07 a3 78 79 7a c2";
    public const string CloseForNow = "07 93 07 a3 78 79 7a c3";

    // "Ack Message Encoding" and "Sequence Message Encoding": any size of unsigned int is fine to read; we write the shortest
    public const string AckAsInTheExample = "04 92 08 cc 24";
    public const string Ack = "03 92 08 24";
    public const string SequenceAsInTheExample = "04 92 09 cc 13";
    public const string Sequence = "03 92 09 13";

    // What the player says first: [1, {}, "0", "Join", [{"roomId": "r"}], []]
    public const string Join = "16 96 01 80 a1 30 a4 4a 6f 69 6e 91 81 a6 72 6f 6f 6d 49 64 a1 72 90";

    // What the server says of one count: "batch" with {roomId, epoch, events: [{kind, watching, connected, sequence, at}]}
    public const string Batch =
        "71 96 01 80 c0 a5 62 61 74 63 68 91"
        + " 83 a6 72 6f 6f 6d 49 64 a1 72"
        + " a5 65 70 6f 63 68 01"
        + " a6 65 76 65 6e 74 73 91"
        + " 85 a4 6b 69 6e 64 a7 76 69 65 77 65 72 73"
        + " a8 77 61 74 63 68 69 6e 67 03"
        + " a9 63 6f 6e 6e 65 63 74 65 64 cd 01 2c"
        + " a8 73 65 71 75 65 6e 63 65 02"
        + " a2 61 74 b9 32 30 32 36 2d 30 31 2d 30 32 54 30 33 3a 30 34 3a 30 35 2b 30 30 3a 30 30"
        + " 90";

    public static IReadOnlyList<string> All { get; } =
    [
        Invocation, Send, WithHeaders, StreamInvocation, StreamItem, CompletionWithError, CompletionOfNothing, CompletionWithResult,
        CancelInvocation, Ping, Close, CloseForGood, CloseForNow, AckAsInTheExample, Ack, SequenceAsInTheExample, Sequence, Join, Batch,
    ];

    public static byte[] Bytes(string frame) => Convert.FromHexString(frame.Replace(" ", "", StringComparison.Ordinal));
}

/// <summary>Knows the example's method, which takes a number and returns one, and the room hub's.</summary>
internal sealed class TestBinder : IInvocationBinder
{
    public Type GetReturnType(string invocationId) => invocationId == "xyz" ? typeof(int) : throw new KeyNotFoundException(invocationId);

    public IReadOnlyList<Type> GetParameterTypes(string methodName) => methodName switch
    {
        "method" => [typeof(int)],
        "batch" => [typeof(Contracts.Rooms.RoomBatch)],
        _ => [.. (typeof(Gateway.Rooms.RoomHub).GetMethod(methodName) ?? throw new HubException("Method does not exist.")).GetParameters().Select(parameter => parameter.ParameterType)],
    };

    public Type GetStreamItemType(string streamId) => typeof(int);
}
