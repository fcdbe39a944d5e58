using System.Buffers;
using System.Text;
using System.Text.Json;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Tests;

public sealed class WireTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5_000)]
    public void Messages_AreTakenWhole_HoweverTheyArrive(int piece)
    {
        // Lengths of each kind of header, some in several frames with a ping between them.
        var sent = Enumerable.Range(0, 40).Select(number => new string((char)('a' + (number % 26)), number * number * 50)).ToList();
        var bytes = sent.SelectMany((text, number) => number % 3 == 0 && text.Length > 10 ? InPieces(text) : Frame(0x81, text)).ToArray();
        var got = new List<string>();
        var buffer = new byte[bytes.Length];
        var (start, end) = (0, 0);
        while (end < bytes.Length)
        {
            var count = Math.Min(piece, bytes.Length - end);
            bytes.AsSpan(end, count).CopyTo(buffer.AsSpan(end));
            end += count;
            while (WebSocketFrames.TryTake(buffer.AsSpan(start, end - start), out var kind, out var message, out var used))
            {
                Assert.Equal(FrameKind.Text, kind);
                got.Add(Encoding.UTF8.GetString(message));
                start += used;
            }
        }

        Assert.Equal(sent, got);
        Assert.Equal(end, start);

        static IEnumerable<byte> InPieces(string text) =>
            [.. Frame(0x01, text[..5]), .. Frame(0x89, ""), .. Frame(0x00, text[5..9]), .. Frame(0x80, text[9..])];

        static byte[] Frame(byte first, string text) => text.Length switch
        {
            < 126 => [first, (byte)text.Length, .. Encoding.UTF8.GetBytes(text)],
            <= ushort.MaxValue => [first, 126, (byte)(text.Length >> 8), (byte)(text.Length & 255), .. Encoding.UTF8.GetBytes(text)],
            _ => [first, 127, 0, 0, 0, 0, 0, (byte)(text.Length >> 16), (byte)((text.Length >> 8) & 255), (byte)(text.Length & 255), .. Encoding.UTF8.GetBytes(text)],
        };
    }

    [Theory]
    [InlineData(new byte[] { 0x81, 127, 0, 0, 0, 0, 1, 0, 0, 0 })]
    [InlineData(new byte[] { 0xc1, 0 })]
    [InlineData(new byte[] { 0x81, 0x80 })]
    [InlineData(new byte[] { 0x80, 0 })]
    [InlineData(new byte[] { 0x01, 0, 0x81, 0 })]
    public void WhatIsNoMessageOfAServer_IsRefused(byte[] bytes) =>
        Assert.Throws<InvalidDataException>(() => WebSocketFrames.TryTake(bytes, out _, out _, out _));

    [Fact]
    public void Upgrade_IsReadAsSoonAsItIsWhole()
    {
        var bytes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"u8.ToArray();
        for (var length = 0; length < bytes.Length; length++) { Assert.False(Upgrade.TryRead(bytes.AsSpan(0, length), out _)); }
        Assert.True(Upgrade.TryRead([.. bytes, 0x81, 0], out var used));
        Assert.Equal(bytes.Length, used);
    }

    [Fact]
    public void RefusalInsteadOfAConnection_IsReadWithItsPause()
    {
        var answer = "HTTP/1.1 429 Too Many Requests\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n{\"code\":1003,\"message\":\"Too many connections.\",\"retryAfterMs\":700}\r\n0\r\n\r\n"u8.ToArray();
        Assert.False(Upgrade.TryRead(answer.AsSpan(0, answer.Length - 3), out _));

        var refused = Assert.Throws<ConnectionRefusedException>(() => Upgrade.TryRead(answer, out _));
        Assert.Equal((429, 700L), (refused.Status, refused.Refusal!.RetryAfterMs));
    }

    [Fact]
    public void MessagePack_IsTheSameShapeAsJson_BothWays()
    {
        const string Json = """{"key":"0190aa00-0000-7000-8000-000000000001","text":"h\u00e9 \ud83d\ude00","count":-3,"large":123456789012,"part":0.5,"list":[1,true,null,{"a":""}]}""";
        var bytes = new ArrayBufferWriter<byte>();
        using var document = JsonDocument.Parse(Json);
        MessagePackJson.Write(bytes, document.RootElement);

        using var again = JsonDocument.Parse(MessagePackJson.ToJson(bytes.WrittenSpan));
        Assert.True(JsonElement.DeepEquals(document.RootElement, again.RootElement));
    }

    [Fact]
    public void MessagePackCutShort_IsRefusedAtEveryByte()
    {
        var bytes = new ArrayBufferWriter<byte>();
        HubMessagePack.WriteCall(bytes, 12, "Say", new SayCall(Guid.CreateVersion7(), new string('x', 300)));
        ReadOnlySpan<byte> whole = bytes.WrittenSpan;
        var message = HubMessagePack.Read(HubMessagePack.Take(ref whole));
        Assert.Equal((HubMessageType.Invocation, "Say", 0), (message.Type, message.Target, whole.Length));
        Assert.Contains("xxx", Encoding.UTF8.GetString(MessagePackJson.ToJson(message.Payload)), StringComparison.Ordinal);

        var all = bytes.WrittenSpan.ToArray();
        for (var length = 0; length < all.Length; length++)
        {
            var cut = length;
            Assert.Throws<JsonException>(() =>
            {
                ReadOnlySpan<byte> part = all.AsSpan(0, cut);
                HubMessagePack.Take(ref part);
            });
        }
    }

    [Fact]
    public void Call_IsWhatTheProtocolSays()
    {
        var bytes = new ArrayBufferWriter<byte>();
        HubMessage.WriteCall(bytes, 7, "Say", new SayCall(Guid.Empty, "Hi <b>"));

        Assert.Equal(
            """{"type":1,"invocationId":"7","target":"Say","arguments":[{"key":"00000000-0000-0000-0000-000000000000","text":"Hi \u003Cb\u003E"}]}""" + "\u001e",
            Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    [Theory]
    [InlineData("""{}""", 0, null, 0, null, "")]
    [InlineData("""{"error":"no"}""", 0, null, 0, "no", "")]
    [InlineData("""{"type":6}""", 6, null, 0, null, "")]
    [InlineData("""{"type":7,"error":"bye","allowReconnect":true}""", 7, null, 0, "bye", "")]
    [InlineData("""{"type":1,"target":"card","arguments":[{"a":[1]},2]}""", 1, "card", 0, null, """{"a":[1]}""")]
    [InlineData("""{"arguments":[],"headers":{"x":"y"},"target":"closed","type":1}""", 1, "closed", 0, null, "")]
    [InlineData("""{"type":3,"invocationId":"12","result":{"value":{}}}""", 3, null, 12, null, """{"value":{}}""")]
    public void Message_IsReadNoFurtherThanNeeded(string json, int type, string? target, int id, string? error, string payload)
    {
        var message = HubMessage.Read(Encoding.UTF8.GetBytes(json));

        Assert.Equal((type, target, id, error), ((int)message.Type, message.Target, message.Id, message.Error));
        Assert.Equal(payload, Encoding.UTF8.GetString(message.Payload));
    }

    [Fact]
    public void Batch_GivesPositionsAndKeys()
    {
        var key = Guid.CreateVersion7();
        var batch = new FeedBatch();
        batch.Read(Encoding.UTF8.GetBytes(
            $$"""{"roomId":"r","events":[{"kind":"chat","sequence":4,"at":"2026-01-01T00:00:00Z","key":"{{key}}","sender":{"id":"1","name":"key"},"text":"sequence"},{"kind":"viewers","watching":1,"sequence":5}],"epoch":9}"""));

        Assert.Equal(9, batch.Epoch);
        Assert.Equal([new FeedEvent(4, key), new FeedEvent(5, Guid.Empty)], batch.Events);
    }

    [Fact]
    public void CombosMergedInOneTick_GiveEveryKey_AndOrdersTheirs()
    {
        var (first, second, order) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var batch = new FeedBatch();
        batch.Read(Encoding.UTF8.GetBytes(
            $$"""{"roomId":"r","epoch":1,"events":[{"kind":"gift","sequence":7,"key":"{{first}}","merged":["{{second}}"]},{"kind":"gift","merged":null,"sequence":8,"key":"{{order}}"},{"kind":"orderPaid","sequence":9,"orderId":"{{order:N}}"}]}"""));

        Assert.Equal("r", batch.RoomId);
        Assert.Equal([new FeedEvent(7, first), new FeedEvent(8, order), new FeedEvent(9, order)], batch.Events);
        Assert.Equal([new FeedEvent(7, second)], batch.Merged);
    }

    [Theory]
    [InlineData("""{"epoch":1,"events":[]}""")]
    [InlineData("""{"epoch":1,"events":[{"kind":"chat"}]}""")]
    [InlineData("""{"events":[{"sequence":1}]}""")]
    [InlineData("""{"epoch":1,"events":[{"sequence":1,"key":"no key"}]}""")]
    [InlineData("""[]""")]
    [InlineData("""{"epoch":1,"events":[{"sequence":1}]},2""")]
    public void NoBatch_IsRefused(string json) => Assert.ThrowsAny<JsonException>(() => new FeedBatch().Read(Encoding.UTF8.GetBytes(json)));
}
