using System.Buffers;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.Benchmarks.Fanout;

/// <summary>SignalR's MessagePack protocol, to the product: what its player speaks.</summary>
internal sealed class SignalRMessagePack(string roomId) : Dialect
{
    private const int HeadBytes = 16;

    public override string Path => "/hub/room";

    public override bool IsBinary => true;

    public override ReadOnlyMemory<byte> Ping => HubMessagePack.Ping;

    public override void Greet(Crowd crowd, Member member) => crowd.Send(member, "{\"protocol\":\"messagepack\",\"version\":1}\u001e"u8);

    public override void Hear(Crowd crowd, Member member, ReadOnlySpan<byte> payload)
    {
        if (member.Place == Place.Greeting)
        {
            // The answer to the greeting is the one message that is JSON.
            member.Place = Place.Joining;
            crowd.Send(member, Call(0, "Join", new JoinCall(roomId, Since: null)));
            return;
        }

        while (!payload.IsEmpty && member.Place != Place.Away) { HearOne(crowd, member, HubMessagePack.Take(ref payload)); }
    }

    public override byte[] Say(int number, bool gift) => gift
        ? Call(1, "SendGift", new SendGift(Mark.Key(number), "heart", 1, 1))
        : Call(1, "Say", new SayCall(Mark.Key(number), $"hello, I am number {number}"));

    private static byte[] Call<T>(int id, string target, T argument)
    {
        var bytes = new ArrayBufferWriter<byte>();
        HubMessagePack.WriteCall(bytes, id, target, argument);
        return bytes.WrittenSpan.ToArray();
    }

    // A list, and its first item says what it is.
    private static void HearOne(Crowd crowd, Member member, ReadOnlySpan<byte> message)
    {
        var head = message[..Math.Min(message.Length, HeadBytes)];
        switch ((HubMessageType)message[1])
        {
            case HubMessageType.Invocation when head.IndexOf("snapshot"u8) >= 0:
                if (member.Place == Place.Inside) { crowd.Schedule.Groups[member.Group].Skips++; }
                break;
            case HubMessageType.Invocation when head.IndexOf("batch"u8) >= 0:
                crowd.Received(member, message);
                break;
            case HubMessageType.Invocation:
                crowd.SentAway(message);
                break;
            case HubMessageType.Completion when message.IndexOf("refusal"u8) >= 0:
                if (member.Place != Place.Joining)
                {
                    crowd.Schedule.Answer(message);
                    break;
                }

                crowd.SentAway(message);
                crowd.ComeLater(member, TimeSpan.FromSeconds(1 + Random.Shared.NextDouble()));
                break;
            case HubMessageType.Completion when member.Place == Place.Joining:
                crowd.LetIn(member);
                break;
            case HubMessageType.Completion:
                crowd.Schedule.Answer(default);
                break;
        }
    }
}
