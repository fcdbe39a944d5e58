using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.Benchmarks.Fanout;

/// <summary>What is said on a connection to one kind of server.</summary>
internal abstract class Dialect
{
    /// <summary>Where its WebSockets are.</summary>
    public abstract string Path { get; }

    public virtual bool IsBinary => false;

    /// <summary>A sign of life that the server wants; empty: none.</summary>
    public virtual ReadOnlyMemory<byte> Ping => default;

    /// <summary>The connection is open.</summary>
    public abstract void Greet(Crowd crowd, Member member);

    /// <summary>One WebSocket message came.</summary>
    public abstract void Hear(Crowd crowd, Member member, ReadOnlySpan<byte> payload);

    /// <summary>A message that everybody shall get.</summary>
    public abstract byte[] Say(int number, bool gift);

    /// <summary>How long a refusal asks to wait.</summary>
    public virtual TimeSpan? RetryAfter(ReadOnlySpan<byte> refusal)
    {
        var mark = "\"retryAfterMs\":"u8;
        var at = refusal.IndexOf(mark);
        return at >= 0 && Utf8Parser.TryParse(refusal[(at + mark.Length)..], out int milliseconds, out _) ? TimeSpan.FromMilliseconds(milliseconds) : null;
    }

    /// <summary>A message of about 120 bytes, as the plain servers carry it.</summary>
    protected static PlainMessage Plain(int number) => new("chat", Mark.Key(number), "bench 0012", "hello from here");
}

/// <summary>What the plain servers carry.</summary>
internal sealed record PlainMessage(string Kind, Guid Key, string Name, string Text);

/// <summary>SignalR's JSON protocol, to the product or to a plain hub.</summary>
/// <param name="roomId">Of the product; null for the plain hub.</param>
internal sealed class SignalRJson(string? roomId) : Dialect
{
    private const byte Separator = 0x1e;

    public override string Path => "/hub/room";

    public override ReadOnlyMemory<byte> Ping { get; } = "{\"type\":6}\u001e"u8.ToArray();

    public override void Greet(Crowd crowd, Member member) => crowd.Send(member, "{\"protocol\":\"json\",\"version\":1}\u001e"u8);

    public override void Hear(Crowd crowd, Member member, ReadOnlySpan<byte> payload)
    {
        while (!payload.IsEmpty && member.Place != Place.Away)
        {
            var length = payload.IndexOf(Separator);
            if (length < 0) { throw new InvalidDataException("A message without its end."); }
            HearOne(crowd, member, payload[..length]);
            payload = payload[(length + 1)..];
        }
    }

    public override byte[] Say(int number, bool gift) => roomId is null
        ? Call("1", "Say", Plain(number))
        : gift ? Call("1", "SendGift", new SendGift(Mark.Key(number), "heart", 1, 1))
        : Call("1", "Say", new SayCall(Mark.Key(number), $"hello, I am number {number}"));

    private static byte[] Call<T>(string id, string target, T argument) => Encoding.UTF8.GetBytes(
        $$"""{"type":1,"invocationId":"{{id}}","target":"{{target}}","arguments":[{{JsonSerializer.Serialize(argument, WireJson.Options)}}]}""" + "\u001e");

    private void HearOne(Crowd crowd, Member member, ReadOnlySpan<byte> message)
    {
        if (member.Place == Place.Greeting)
        {
            if (roomId is null) { crowd.LetIn(member); }
            else
            {
                member.Place = Place.Joining;
                crowd.Send(member, Call("0", "Join", new JoinCall(roomId, Since: null)));
            }

            return;
        }

        var head = message[..Math.Min(message.Length, 40)];
        if (head.StartsWith("{\"type\":1,"u8))
        {
            if (head.IndexOf("\"snapshot\""u8) >= 0)
            {
                if (member.Place == Place.Inside) { crowd.Schedule.Groups[member.Group].Skips++; }
            }
            else if (head.IndexOf("\"closed\""u8) >= 0) { crowd.SentAway(message); }
            else { crowd.Received(member, message); }
        }
        else if (head.StartsWith("{\"type\":3,"u8)) { HearAnswer(crowd, member, message); }
    }

    private void HearAnswer(Crowd crowd, Member member, ReadOnlySpan<byte> message)
    {
        var refused = message.IndexOf("\"refusal\":"u8);
        if (refused < 0) { refused = message.IndexOf("\"error\":"u8); }
        if (member.Place != Place.Joining) { crowd.Schedule.Answer(refused < 0 ? default : message[refused..]); }
        else if (refused < 0) { crowd.LetIn(member); }
        else
        {
            crowd.SentAway(message);
            crowd.ComeLater(member, RetryAfter(message) ?? TimeSpan.FromSeconds(1));
        }
    }
}

/// <summary>Socket.IO over WebSockets.</summary>
internal sealed class SocketIo : Dialect
{
    public override string Path => "/socket.io/?EIO=4&transport=websocket";

    public override void Greet(Crowd crowd, Member member)
    {
    }

    public override void Hear(Crowd crowd, Member member, ReadOnlySpan<byte> payload)
    {
        switch (payload)
        {
            case [(byte)'0', ..]:
                crowd.Send(member, "40"u8);
                break;
            case [(byte)'2', ..]:
                crowd.Send(member, "3"u8);
                break;
            case [(byte)'4', (byte)'0', ..]:
                crowd.LetIn(member);
                break;
            case [(byte)'4', (byte)'2', ..]:
                crowd.Received(member, payload);
                break;
            case [(byte)'4', (byte)'3', ..]:
                crowd.Schedule.Answer(default);
                break;
        }
    }

    public override byte[] Say(int number, bool gift) =>
        Encoding.UTF8.GetBytes($"421[\"say\",{JsonSerializer.Serialize(Plain(number), WireJson.Options)}]");
}

/// <summary>Nothing but WebSockets.</summary>
internal sealed class RawSockets : Dialect
{
    public override string Path => "/raw";

    public override void Greet(Crowd crowd, Member member) => crowd.LetIn(member);

    public override void Hear(Crowd crowd, Member member, ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= 2) { crowd.Schedule.Answer(default); }
        else { crowd.Received(member, payload); }
    }

    public override byte[] Say(int number, bool gift) => JsonSerializer.SerializeToUtf8Bytes(Plain(number), WireJson.Options);
}
