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
    public void Messages_AreCutAtTheirSeparators_HoweverTheyArrive(int piece)
    {
        var sent = Enumerable.Range(0, 40).Select(number => new string((char)('a' + (number % 26)), number * 97)).ToList();
        var bytes = Encoding.UTF8.GetBytes(string.Concat(sent.Select(text => text + "\u001e")));
        using var buffer = new FrameBuffer();
        var got = new List<string>();
        for (var at = 0; at < bytes.Length;)
        {
            var free = buffer.Free();
            var count = Math.Min(Math.Min(piece, free.Length), bytes.Length - at);
            bytes.AsMemory(at, count).CopyTo(free);
            buffer.Added(count);
            at += count;
            while (buffer.TryTake(out var frame)) { got.Add(Encoding.UTF8.GetString(frame)); }
        }

        Assert.Equal(sent, got);
        Assert.True(buffer.IsEmpty);
    }

    [Fact]
    public void MessageWithoutAnEnd_IsRefusedAtItsBound()
    {
        using var buffer = new FrameBuffer();
        Assert.Throws<InvalidDataException>(() =>
        {
            for (var total = 0; total <= 4 * FrameBuffer.FrameBytesMax;)
            {
                var free = buffer.Free();
                free.Span.Fill((byte)'x');
                buffer.Added(free.Length);
                total += free.Length;
            }
        });
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
    [InlineData("""{"type":1,"target":"batch","arguments":[{"a":[1]},2]}""", 1, "batch", 0, null, """{"a":[1]}""")]
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

    [Theory]
    [InlineData("""{"epoch":1,"events":[]}""")]
    [InlineData("""{"epoch":1,"events":[{"kind":"chat"}]}""")]
    [InlineData("""{"events":[{"sequence":1}]}""")]
    [InlineData("""{"epoch":1,"events":[{"sequence":1,"key":"no key"}]}""")]
    [InlineData("""[]""")]
    public void NoBatch_IsRefused(string json) => Assert.ThrowsAny<JsonException>(() => new FeedBatch().Read(Encoding.UTF8.GetBytes(json)));
}
