using System.Buffers;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.MessagePack;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace LiveCommerce.Gateway.Tests.MessagePack;

public sealed class MessagePackHubProtocolTests
{
    private const int BytesMax = 32 * 1024;

    private static readonly MessagePackHubProtocol Protocol = new(BytesMax);

    public static TheoryData<string> Frames => [.. GoldenFrames.All];

    public static TheoryData<string> WrittenFrames =>
    [
        GoldenFrames.Invocation, GoldenFrames.Send, GoldenFrames.WithHeaders, GoldenFrames.StreamInvocation, GoldenFrames.StreamItem,
        GoldenFrames.CompletionWithError, GoldenFrames.CompletionOfNothing, GoldenFrames.CompletionWithResult, GoldenFrames.CancelInvocation,
        GoldenFrames.Ping, GoldenFrames.CloseForGood, GoldenFrames.CloseForNow, GoldenFrames.Ack, GoldenFrames.Sequence, GoldenFrames.Batch,
    ];

    [Fact]
    public void Protocol_IsFoundByTheNameAndVersionThatTheOfficialClientAsksFor()
    {
        Assert.Equal(("messagepack", 2), (Protocol.Name, Protocol.Version));
        Assert.True(Protocol.IsVersionSupported(1));
        Assert.True(Protocol.IsVersionSupported(2));
        Assert.False(Protocol.IsVersionSupported(3));
    }

    [Theory]
    [MemberData(nameof(WrittenFrames))]
    public void WhatIsReadAndWrittenAgain_IsTheSameBytes(string frame)
    {
        var bytes = GoldenFrames.Bytes(frame);
        var message = ParseOne(bytes);

        Assert.Equal(bytes, Protocol.GetMessageBytes(message).ToArray());
        var output = new ArrayBufferWriter<byte>();
        Protocol.WriteMessage(message, output);
        Assert.Equal(bytes, output.WrittenSpan.ToArray());
    }

    [Fact]
    public void Examples_SayWhatTheSpecificationSays()
    {
        var call = Assert.IsType<InvocationMessage>(ParseOne(GoldenFrames.Invocation));
        Assert.Equal(("xyz", "method"), (call.InvocationId, call.Target));
        Assert.Equal([42], call.Arguments);
        Assert.Null(Assert.IsType<InvocationMessage>(ParseOne(GoldenFrames.Send)).InvocationId);
        var headers = Assert.IsType<InvocationMessage>(ParseOne(GoldenFrames.WithHeaders)).Headers!;
        Assert.Equal([("x", "y"), ("z", "z")], headers.Select(header => (header.Key, header.Value)));
        Assert.Equal("xyz", Assert.IsType<StreamInvocationMessage>(ParseOne(GoldenFrames.StreamInvocation)).InvocationId);
        Assert.Equal(42, Assert.IsType<StreamItemMessage>(ParseOne(GoldenFrames.StreamItem)).Item);
        Assert.Equal("Error", Assert.IsType<CompletionMessage>(ParseOne(GoldenFrames.CompletionWithError)).Error);
        Assert.False(Assert.IsType<CompletionMessage>(ParseOne(GoldenFrames.CompletionOfNothing)).HasResult);
        Assert.Equal(42, Assert.IsType<CompletionMessage>(ParseOne(GoldenFrames.CompletionWithResult)).Result);
        Assert.Equal("xyz", Assert.IsType<CancelInvocationMessage>(ParseOne(GoldenFrames.CancelInvocation)).InvocationId);
        Assert.IsType<PingMessage>(ParseOne(GoldenFrames.Ping));
        Assert.Equal(("xyz", false), Assert.IsType<CloseMessage>(ParseOne(GoldenFrames.Close)) is var close ? (close.Error, close.AllowReconnect) : default);
        Assert.True(Assert.IsType<CloseMessage>(ParseOne(GoldenFrames.CloseForNow)).AllowReconnect);
        Assert.Equal(36, Assert.IsType<AckMessage>(ParseOne(GoldenFrames.AckAsInTheExample)).SequenceId);
        Assert.Equal(19, Assert.IsType<SequenceMessage>(ParseOne(GoldenFrames.SequenceAsInTheExample)).SequenceId);
        Assert.Equal(new JoinRoom("r"), Assert.Single(Assert.IsType<InvocationMessage>(ParseOne(GoldenFrames.Join)).Arguments));
    }

    [Fact]
    public void Batch_IsWrittenAsTheDocumentSays()
    {
        var counted = new ViewersCounted(3, 300) { Sequence = 2, At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) };

        var bytes = Protocol.GetMessageBytes(new InvocationMessage("batch", [new RoomBatch("r", 1, [counted])]));

        Assert.Equal(GoldenFrames.Bytes(GoldenFrames.Batch), bytes.ToArray());
    }

    [Theory]
    [InlineData(0x7f, "7f")]
    [InlineData(0x80, "8001")]
    [InlineData(5248, "8029")]
    [InlineData(16_383, "ff7f")]
    [InlineData(16_384, "808001")]
    public void LengthOfAMessage_TakesSevenBitsOfEachByteLowestFirst(int length, string prefix)
    {
        // A close with an error is one text in five bytes at least: [7, "…", false]
        var head = length - 3 <= 0xff ? 2 : 3;
        var message = new CloseMessage(new string('x', length - 3 - head), allowReconnect: false);

        var bytes = Protocol.GetMessageBytes(message).ToArray();

        Assert.Equal(prefix, Convert.ToHexStringLower(bytes[..(prefix.Length / 2)]));
        Assert.Equal(length, bytes.Length - (prefix.Length / 2));
        Assert.Equal(message.Error, Assert.IsType<CloseMessage>(ParseOne(bytes)).Error);
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void FrameInTwoPieces_IsReadWhereverItIsCut(string frame)
    {
        var bytes = GoldenFrames.Bytes(frame);
        var whole = ParseOne(bytes);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var input = Pieces(bytes[..cut], bytes[cut..]);
            Assert.True(Protocol.TryParseMessage(ref input, new TestBinder(), out var message));
            Assert.True(input.IsEmpty);
            Assert.Equal(Protocol.GetMessageBytes(whole).ToArray(), Protocol.GetMessageBytes(message).ToArray());
        }
    }

    [Fact]
    public void FramesThatComeByteByByte_AreReadOneAfterTheOther()
    {
        byte[] all = [.. GoldenFrames.All.SelectMany(GoldenFrames.Bytes)];
        List<Type> read = [];
        List<byte[]> waiting = [];
        foreach (var next in all)
        {
            waiting.Add([next]);
            var input = Pieces([.. waiting]);
            while (Protocol.TryParseMessage(ref input, new TestBinder(), out var message)) { read.Add(message.GetType()); }
            waiting = [.. input.ToArray().Select(left => new[] { left })];
        }

        Assert.Equal(GoldenFrames.All.Select(frame => ParseOne(frame).GetType()), read);
    }

    [Fact]
    public void MessageOfANewerProtocol_IsASignOfLifeAndNoMore()
    {
        Assert.IsType<PingMessage>(ParseOne("04 93 0a 01 02"));
        Assert.IsType<AckMessage>(ParseOne("05 94 08 24 a0 c0"));
    }

    [Fact]
    public void ArgumentsThatDoNotFit_FailThatCallOnly()
    {
        var failure = Assert.IsType<InvocationBindingFailureMessage>(ParseOne("13 96 01 80 a3 78 79 7a a6 6d 65 74 68 6f 64 91 a2 68 69 90"));
        Assert.Equal(("xyz", "method"), (failure.InvocationId, failure.Target));
        Assert.IsType<UnreadableException>(failure.BindingFailure.SourceException);
        Assert.IsType<InvocationBindingFailureMessage>(ParseOne("12 96 01 80 a3 78 79 7a a6 6d 65 74 68 6f 64 92 2a 2a 90"));
        Assert.IsType<HubException>(Assert.IsType<InvocationBindingFailureMessage>(
            ParseOne("11 96 01 80 a3 78 79 7a a6 6d 65 74 68 6f 78 91 2a 90")).BindingFailure.SourceException);
    }

    [Theory]
    [InlineData("16 96 01 80 a1 30 a4 4a 6f 69 6e 91 81 a6 72 6f 6f 6d 49 64 a1 72 90", nameof(RoomHub.Join), "")]
    [InlineData("15 96 01 80 a1 30 a4 4a 6f 69 6e 91 81 a6 72 6f 6f 6d 49 64 05 90", nameof(RoomHub.Malformed), "Join can't be read at $.roomId. See docs/wire-protocol.md.")]
    [InlineData("0d 96 01 80 a1 30 a4 4a 6f 69 6e 91 80 90", nameof(RoomHub.Malformed), "Join can't be read at $.roomId. See docs/wire-protocol.md.")]
    [InlineData("0d 96 01 80 a1 30 a4 4a 6f 69 6e 91 c0 90", nameof(RoomHub.Malformed), "Join needs an argument that is not null. See docs/wire-protocol.md.")]
    [InlineData("0c 96 01 80 a1 30 a4 4a 6f 69 6e 90 90", nameof(RoomHub.Malformed), "Join has the wrong arguments. See docs/wire-protocol.md.")]
    [InlineData("0c 96 01 80 a1 30 a4 44 72 6f 70 90 90", nameof(RoomHub.Malformed), "Drop is not a method of this hub. See docs/wire-protocol.md.")]
    public void CallThatCannotBeRead_IsAnsweredByTheTypedRefusal(string frame, string target, string why)
    {
        var input = new ReadOnlySequence<byte>(GoldenFrames.Bytes(frame));

        Assert.True(new RefusingHubProtocol(Protocol).TryParseMessage(ref input, new TestBinder(), out var message));

        var call = Assert.IsType<InvocationMessage>(message);
        Assert.Equal((target, "0"), (call.Target, call.InvocationId));
        if (target == nameof(RoomHub.Malformed)) { Assert.Equal(why, Assert.Single(call.Arguments)); }
    }

    [Theory]
    [InlineData("00", "nothing at all")]
    [InlineData("01 c0", "no list")]
    [InlineData("01 90", "no type")]
    [InlineData("02 91 01", "an invocation of nothing")]
    [InlineData("03 91 06 00", "a byte after the message")]
    [InlineData("02 91 c1", "a byte that is never used")]
    [InlineData("06 93 05 80 a3 78 79", "a text that ends early")]
    [InlineData("07 93 05 80 a3 78 ff fe", "no UTF-8")]
    [InlineData("04 93 05 80 a0", "an empty id")]
    [InlineData("08 94 03 80 a3 78 79 7a 09", "a completion of no kind")]
    [InlineData("08 94 03 80 a3 78 79 7a 03", "a result that does not come")]
    [InlineData("0f 96 01 82 a1 78 a1 79 a1 78 a1 79 c0 a0 90 90", "a header that stands there twice")]
    [InlineData("ff ff ff ff ff 01", "a length that does not end")]
    [InlineData("ff ff ff ff 0f", "a length of 4 GB")]
    [InlineData("80 80 02", "a length of 32 KB")]
    public void FrameThatIsNoMessage_IsTheOneTypedException(string frame, string what)
    {
        var input = new ReadOnlySequence<byte>(GoldenFrames.Bytes(frame));

        Assert.True(Throws(ref input), what);

        static bool Throws(ref ReadOnlySequence<byte> input)
        {
            try
            {
                return !Protocol.TryParseMessage(ref input, new TestBinder(), out _) && false;
            }
            catch (UnreadableException)
            {
                return true;
            }
        }
    }

    [Fact]
    public void BatchForBothProtocols_IsEncodedOnceForEach()
    {
        CountingProtocol json = new(new JsonHubProtocol()), messagePack = new(new MessagePackHubProtocol(BytesMax));
        var counted = new ViewersCounted(3, 300) { Sequence = 1 };
        var frame = new Frame(new RoomBatch("r", 1, [counted]), takenAt: 0);

        for (var viewer = 0; viewer < 50; viewer++)
        {
            var first = frame.Message.GetSerializedMessage(json);
            Assert.Equal((byte)'{', first.Span[0]);
            Assert.Equal(0x96, frame.Message.GetSerializedMessage(messagePack).Span[1]);
        }

        Assert.Equal((1, 1), (json.Encoded, messagePack.Encoded));
    }

    internal static HubMessage ParseOne(string frame) => ParseOne(GoldenFrames.Bytes(frame));

    private static HubMessage ParseOne(byte[] frame)
    {
        var input = new ReadOnlySequence<byte>(frame);
        Assert.True(Protocol.TryParseMessage(ref input, new TestBinder(), out var message));
        Assert.True(input.IsEmpty);
        return message;
    }

    private static ReadOnlySequence<byte> Pieces(params byte[][] pieces)
    {
        Piece first = new(pieces[0], 0), last = first;
        foreach (var piece in pieces.Skip(1)) { last = last.Append(piece); }
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, long at)
        {
            Memory = bytes;
            RunningIndex = at;
        }

        public Piece Append(byte[] bytes)
        {
            var next = new Piece(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    private sealed class CountingProtocol(IHubProtocol inner) : IHubProtocol
    {
        public int Encoded { get; private set; }

        public string Name => inner.Name;

        public int Version => inner.Version;

        public Microsoft.AspNetCore.Connections.TransferFormat TransferFormat => inner.TransferFormat;

        public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

        public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message)
        {
            Encoded++;
            return inner.GetMessageBytes(message);
        }

        public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => inner.WriteMessage(message, output);

        public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, out HubMessage message) =>
            inner.TryParseMessage(ref input, binder, out message!);
    }
}
