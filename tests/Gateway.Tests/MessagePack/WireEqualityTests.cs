using System.Text.Json;
using System.Text.Json.Nodes;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.MessagePack;
using LiveCommerce.Gateway.Rooms;

namespace LiveCommerce.Gateway.Tests.MessagePack;

/// <summary>The two protocols mean the same: one document describes both, and a client may share its code.</summary>
public sealed class WireEqualityTests
{
    private const int Rounds = 40;

    public static TheoryData<string> Records => [.. RandomRecords.Types.Select(type => type.ToString())];

    [Theory]
    [MemberData(nameof(Records))]
    public void EveryRecord_IsTheSameTreeInBothProtocolsAndIsReadAlike(string record)
    {
        var type = RandomRecords.Types.Single(candidate => candidate.ToString() == record);
        for (var seed = 0; seed < Rounds; seed++)
        {
            var random = new RandomRecords(seed);
            if (random.Make(type) is not { } made) { continue; }

            // What JSON would say of it, once it has been through JSON: the object is what a reader of the wire would have.
            var json = JsonSerializer.SerializeToNode(made, made.GetType(), WireJson.Options);
            if (!TryRead(json, made.GetType(), out var read)) { AssertNotReadHere(made); }
            else
            {
                var encoded = Encode(read!);
                var again = Read(encoded, made.GetType());
                Same(JsonSerializer.SerializeToNode(read, made.GetType(), WireJson.Options), Tree.Decode(encoded), record, seed);
                Same(json, JsonSerializer.SerializeToNode(again, made.GetType(), WireJson.Options), record, seed);
            }
        }
    }

    [Fact]
    public void EveryKindOfRoomEvent_IsInTheEqualityTest()
    {
        var kinds = WireJson.Options.GetTypeInfo(typeof(RoomEvent)).PolymorphismOptions!.DerivedTypes;

        Assert.NotEmpty(kinds);
        Assert.Empty(kinds.Select(kind => kind.DerivedType).Except(RandomRecords.Types));
    }

    [Fact]
    public void EveryRequestOfTheHub_IsInTheEqualityTest()
    {
        var requests = typeof(RoomHub).GetMethods(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.DeclaredOnly)
            .SelectMany(method => method.GetParameters()).Select(parameter => parameter.ParameterType).Where(type => type != typeof(string));

        Assert.Empty(requests.Except(RandomRecords.Types));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void NumberAtItsBound_IsTheSameInBothProtocols(long number)
    {
        var position = new RoomPosition(number, number);
        var encoded = Encode(position);

        Same(JsonSerializer.SerializeToNode(position, WireJson.Options), Tree.Decode(encoded), nameof(RoomPosition), seed: 0);
        Assert.Equal(position, Read(encoded, typeof(RoomPosition)));
    }

    [Fact]
    public void TypeOfAFamily_StandsInTheListWithItsKind()
    {
        var batch = new RoomBatch("r", 1, [new ViewersCounted(3, 300) { Sequence = 2, At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) }]);

        Assert.Equal("viewers", (string?)Tree.Decode(Encode(batch))!["events"]![0]!["kind"]);
    }

    [Fact]
    public void KindThatComesLast_IsReadAsInJson()
    {
        var read = (RoomEvent)Read(Map(("watching", 1), ("connected", 2), ("kind", "viewers")), typeof(RoomEvent));

        Assert.Equal((1, 2), read is ViewersCounted counted ? (counted.Watching, counted.Connected) : default);
    }

    [Theory]
    [InlineData("""{"key":"not a guid","text":"hi"}""", "$.key")]
    [InlineData("""{"text":"no key"}""", "$.key")]
    [InlineData("""{"key":"0190a0b0-c0d0-7000-8000-000000000001","text":null}""", "$.text")]
    [InlineData("""{"key":"0190a0b0-c0d0-7000-8000-000000000001","text":5}""", "$.text")]
    [InlineData("""{"key":5,"text":"hi"}""", "$.key")]
    [InlineData("[]", "$")]
    [InlineData("5", "$")]
    public void RequestThatJsonRefuses_IsRefusedWithItsPath(string json, string path)
    {
        Assert.ThrowsAny<Exception>(() => JsonSerializer.Deserialize<SayText>(json, WireJson.Options));

        var refused = Assert.Throws<UnreadableException>(() => Read(Bytes(JsonNode.Parse(json)), typeof(SayText)));

        Assert.Equal(path, refused.Path);
    }

    [Theory]
    [InlineData("""{"key":"0190a0b0-c0d0-7000-8000-000000000001","giftId":"rose","quantity":"1","unitPrice":1}""")]
    [InlineData("""{"key":"0190a0b0-c0d0-7000-8000-000000000001","giftId":"rose","quantity":1.5,"unitPrice":1}""")]
    [InlineData("""{"key":"0190a0b0-c0d0-7000-8000-000000000001","giftId":"rose","quantity":99999999999,"unitPrice":1}""")]
    [InlineData("""{"key":"0190a0b0-c0d0-7000-8000-000000000001","giftId":"rose","quantity":null,"unitPrice":1}""")]
    public void NumberThatIsNone_IsRefusedAtItsMember(string json)
    {
        var refused = Assert.Throws<UnreadableException>(() => Read(Bytes(JsonNode.Parse(json)), typeof(Contracts.Gifts.SendGift)));

        Assert.Equal("$.quantity", refused.Path);
    }

    [Fact]
    public void MemberThatStandsTwice_IsRefused() =>
        Assert.Throws<UnreadableException>(() => Read([0x82, .. Member("roomId", "a"), .. Member("roomId", "b")], typeof(JoinRoom)));

    [Fact]
    public void MemberThatWeDoNotKnow_IsPassedOver()
    {
        var read = (JoinRoom)Read([0x82, .. Member("colour", "red"), .. Member("roomId", "b")], typeof(JoinRoom));

        Assert.Equal(new JoinRoom("b"), read);
    }

    [Theory]
    [InlineData("d6ff00000001", "1970-01-01T00:00:01+00:00")]
    [InlineData("d7ff773594000000000a", "1970-01-01T00:00:10.5+00:00")]
    [InlineData("c70cff1dcd6500ffffffffffffffff", "1969-12-31T23:59:59.5+00:00")]
    public void TimestampOfTheFormatItself_IsReadAsATime(string timestamp, string time)
    {
        var read = Read(Convert.FromHexString(timestamp), typeof(DateTimeOffset));

        Assert.Equal(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), read);
    }

    private static void AssertNotReadHere(object made) =>
        Assert.ThrowsAny<Exception>(() => Read(Encode(made), made.GetType()));

    // Some records are only ever written: JSON can't read them either.
    private static bool TryRead(JsonNode? json, Type type, out object? read)
    {
        try
        {
            read = json.Deserialize(type, WireJson.Options);
            return true;
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            read = null;
            return false;
        }
    }

    private static void Same(JsonNode? expected, JsonNode? actual, string record, int seed) =>
        Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(expected), JsonSerializer.SerializeToElement(actual)), $"{record}, seed {seed}:\n{expected?.ToJsonString()}\n{actual?.ToJsonString()}");

    private static byte[] Encode(object value)
    {
        var writer = new MessagePackWriter(16);
        try
        {
            WireMessagePack.Write(ref writer, value);
            return writer.Written.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static object Read(byte[] encoded, Type type)
    {
        var reader = new MessagePackReader(encoded);
        var read = WireMessagePack.Read(ref reader, type)!;
        Assert.True(reader.IsAtEnd);
        return read;
    }

    private static byte[] Map(params (string Name, object Value)[] members) => [(byte)(0x80 | members.Length), .. members.SelectMany(member => Member(member.Name, member.Value))];

    private static byte[] Member(string name, object value) => [.. Encode(name), .. Encode(value)];

    private static byte[] Bytes(JsonNode? node) => node is null ? [0xc0] : Encode(JsonSerializer.SerializeToElement(node));
}
