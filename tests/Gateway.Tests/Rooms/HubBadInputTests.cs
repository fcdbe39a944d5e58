using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.MessagePack;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>Bytes that no client of ours sends, over a real socket: each connection is answered or ended, and nobody else notices.</summary>
public sealed class HubBadInputTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const char End = '\u001e';

    private const string JsonCall =
        """{"type":1,"invocationId":"1","target":"Say","arguments":[{"key":"0190a0b0-c0d0-7000-8000-000000000001","text":"hi"}]}""";

    // What takes a parser somewhere else: brackets, a quote, an escape, the end of a message, no UTF-8, a sign, nothing.
    private static readonly byte[] Turns = "{}[]\"\\:,-0\u001e\0"u8.ToArray();

    // In MessagePack: a map, a list, texts, nil, never used, lengths of four bytes, timestamps, numbers.
    private static readonly byte[] Codes = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc3, 0xc6, 0xc9, 0xcb, 0xcf, 0xd3, 0xd8, 0xdb, 0xdd, 0xdf, 0xff];

    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task JsonBrokenAtEveryByte_IsAnsweredOrEndsThatConnectionOnly()
    {
        var whole = Encoding.UTF8.GetBytes(JsonCall + End);
        IEnumerable<byte[]> broken =
        [
            .. Enumerable.Range(0, whole.Length).Select(length => (byte[])[.. whole[..length], (byte)End]),
            .. Enumerable.Range(0, whole.Length).Select(at => Changed(whole, at, Turns[at % Turns.Length])),
            .. Enumerable.Range(0, whole.Length).Select(at => Changed(whole, at, 0xff)),
        ];

        await SurvivesAsync("json", broken);
    }

    [Fact]
    public async Task MessagePackBrokenAtEveryByte_IsAnsweredOrEndsThatConnectionOnly()
    {
        var whole = MessagePackCall("Say", JsonSerializer.SerializeToElement(new { key = Guid.CreateVersion7(), text = "hi" }));
        IEnumerable<byte[]> broken =
        [
            .. Enumerable.Range(1, whole.Length - 1).Select(length => (byte[])[(byte)(length - 1), .. whole[1..length]]),
            .. Enumerable.Range(0, whole.Length).Select(at => Changed(whole, at, Codes[at % Codes.Length])),
            .. Enumerable.Range(0, whole.Length).Select(at => Changed(whole, at, Codes[(at + 7) % Codes.Length])),
        ];

        await SurvivesAsync("messagepack", broken);
    }

    [Theory]
    [InlineData("json", 60, "room_not_found")]
    [InlineData("json", 5_000, null)]
    [InlineData("messagepack", 17, "malformed")]
    [InlineData("messagepack", 5_000, "malformed")]
    public async Task NestingInWhatWeDoNotKnow_IsPassedOverOrRefusedOrEndsTheConnection(string protocol, int levels, string? answer)
    {
        var deep = new string('[', levels) + new string(']', levels);
        byte[] call = protocol == "json"
            ? Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"1","target":"Join","arguments":[{"roomId":"r","more":{{deep}}}]}{{End}}""")
            : Framed([0x96, 0x01, 0x80, 0xa1, (byte)'1', 0xa4, .. "Join"u8, 0x91, 0x82, 0xa4, .. "more"u8, .. Enumerable.Repeat((byte)0x91, levels), 0xc0, 0xa6, .. "roomId"u8, 0xa1, (byte)'r', 0x90]);

        await using var hub = await RawHub.ConnectAsync(_server.Address, protocol);
        await hub.SayAsync(call);

        if (answer is not null) { await hub.ListenForAsync(answer); }
        await hub.EndAsync();
        await StillServesAsync();
    }

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task TextAsLongAsAMessageMayBe_IsRefusedByItsLengthAndALongerOneEndsTheConnection(string protocol)
    {
        using var ana = await _server.NewMemberAsync();
        var room = await ana.CreateRoomAsync();

        await using var hub = await JoinedAsync(protocol, room, ana);
        await hub.SayAsync(Call(protocol, "Say", new { key = Guid.CreateVersion7(), text = new string('x', 30_000) }));
        await hub.ListenForAsync("message_too_long");
        await hub.SayAsync(Call(protocol, "Say", new { key = Guid.CreateVersion7(), text = new string('x', 40_000) }));

        await hub.EndAsync();
        await StillServesAsync();
    }

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task NullForARequest_IsMalformed(string protocol)
    {
        foreach (var method in (string[])["Join", "Say", "SendGift", "Moderate"])
        {
            await using var hub = await RawHub.ConnectAsync(_server.Address, protocol);
            await hub.SayAsync(Call(protocol, method, null));
            await hub.ListenForAsync($"{method} needs an argument that is not null.");
        }
    }

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task UnknownMethod_IsMalformed(string protocol)
    {
        await using var hub = await RawHub.ConnectAsync(_server.Address, protocol);
        await hub.SayAsync(Call(protocol, "DropTables", null));

        await hub.ListenForAsync("DropTables is not a method of this hub.");
    }

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task TextWithControlsAndOverridesAndMarkup_IsShownWithoutWhatActsOnItsSurroundings(string protocol)
    {
        using var ana = await _server.NewMemberAsync();
        var room = await ana.CreateRoomAsync();
        await using var viewer = await HubSocket.ConnectAsync(_server.Address);
        await viewer.JoinAsync(room.RoomId);
        await using var hub = await JoinedAsync(protocol, room, ana);

        await hub.SayAsync(Call(protocol, "Say", new { key = Guid.CreateVersion7(), text = "a\u0000\u0007\u001b[31m\u202Eb\u2066c\u2069\u200F \r\n<img src=x onerror=alert(1)>&amp;" }));

        Assert.Equal("a[31mbc <img src=x onerror=alert(1)>&amp;", (await viewer.NextEventAsync<ChatSaid>()).Text);
        await hub.ListenForAsync("a[31mbc <img src=x onerror=alert(1)>&amp;");
    }

    private async Task SurvivesAsync(string protocol, IEnumerable<byte[]> broken)
    {
        using var ana = await _server.NewMemberAsync();
        var room = await ana.CreateRoomAsync();
        foreach (var frame in broken)
        {
            await using var hub = await RawHub.ConnectAsync(_server.Address, protocol, ana.Cookie);
            await hub.SayAsync([.. Call(protocol, "Join", new { roomId = room.RoomId }), .. frame]);
            await hub.EndAsync();

            // Unavailable is what a bug of ours becomes.
            Assert.False(hub.Heard.Contains("unavailable", StringComparison.Ordinal), $"{Convert.ToHexString(frame)}: {hub.Heard}");
        }

        await StillServesAsync();
    }

    private async Task<RawHub> JoinedAsync(string protocol, RoomView room, Visitor who)
    {
        var hub = await RawHub.ConnectAsync(_server.Address, protocol, who.Cookie);
        await hub.SayAsync(Call(protocol, "Join", new { roomId = room.RoomId }));
        await hub.ListenForAsync("mutedUntil");
        return hub;
    }

    private async Task StillServesAsync()
    {
        await using var guest = await HubSocket.ConnectAsync(_server.Address);
        Assert.True((await guest.CallAsync<Done>("Leave")).Ok);
    }

    private static byte[] Call(string protocol, string method, object? argument)
    {
        var json = JsonSerializer.SerializeToElement(argument, WireJson.Options);
        return protocol == "json"
            ? Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"1","target":"{{method}}","arguments":[{{json.GetRawText()}}]}{{End}}""")
            : MessagePackCall(method, json);
    }

    private static byte[] MessagePackCall(string method, JsonElement argument)
    {
        var writer = new MessagePackWriter(256);
        try
        {
            writer.WriteArrayHead(6);
            writer.WriteInteger(1);
            writer.WriteMapHead(0);
            writer.WriteText("1");
            writer.WriteText(method);
            writer.WriteArrayHead(1);
            WireMessagePack.Write(ref writer, argument);
            writer.WriteArrayHead(0);
            return Framed(writer.Written);
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static byte[] Framed(ReadOnlySpan<byte> body) => body.Length <= 0x7f
        ? [(byte)body.Length, .. body]
        : [(byte)(0x80 | (body.Length & 0x7f)), (byte)(0x80 | ((body.Length >> 7) & 0x7f)), (byte)(body.Length >> 14), .. body];

    private static byte[] Changed(byte[] whole, int at, byte to) => [.. whole[..at], to, .. whole[(at + 1)..]];
}
