using System.Net.WebSockets;
using System.Reflection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Tests.Running;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>The hub's own WebSocket, frame by frame, over a real socket.</summary>
public sealed class HubLineTests(HubLineTests.PatientServer shared) : IClassFixture<HubLineTests.PatientServer>
{
    private const char End = '\u001e';
    private const int Text = 1;
    private const int Continuation = 0;
    private const int Close = 8;
    private const int Ping = 9;
    private const int Pong = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // What a client has not read when it is cut off is lost, and a test on a busy machine may read late.
    private static readonly (string Key, string Value) Patiently = ("FanOut:CloseGraceMs", "5000");

    private readonly TestServer _server = shared.Server;

    [Fact]
    public void CallsOfALine_AreThoseOfTheHub()
    {
        var ofHub = typeof(RoomHub).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(method => $"{method.Name}({string.Join(", ", method.GetParameters().Select(one => one.ParameterType))})").Order();
        Assert.Equal(ofHub, HubMethods.All.Select(method => $"{method.Name}({string.Join(", ", method.Takes.Select(one => one))})").Order());
    }

    [Fact]
    public async Task Upgrade_IsAnsweredAsTheProtocolSays()
    {
        using var wire = await WireSocket.ConnectAsync(_server.Address);
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", wire.Upgraded, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Upgrade: websocket\r\n", wire.Upgraded, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Connection: Upgrade\r\n", wire.Upgraded, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task PingFrame_IsAnsweredWithItsOwnWords()
    {
        using var wire = await (await WireSocket.ConnectAsync(_server.Address)).GreetAsync();
        await wire.SayAsync("are you there", Ping);
        var pong = await wire.NextAsync();
        Assert.Equal((Pong, "are you there"), (pong.Kind, pong.Text));
    }

    [Fact]
    public async Task CallInManyFramesWithAPingBetween_IsOneCall()
    {
        using var wire = await (await WireSocket.ConnectAsync(_server.Address)).GreetAsync();
        var call = Leave("1");
        await wire.SayAsync(call[..5], Text, isFinal: false);
        await wire.SayAsync("x", Ping);
        await wire.SayAsync(call[5..9], Continuation, isFinal: false);
        await wire.SayAsync(call[9..], Continuation);

        Assert.Equal(Pong, (await wire.NextAsync()).Kind);
        Assert.Equal(Left("1"), (await wire.NextAsync()).Text);
    }

    [Fact]
    public async Task ManyCallsInOneFrameAndOneCallInManyMessages_AreAllAnswered()
    {
        using var wire = await (await WireSocket.ConnectAsync(_server.Address)).GreetAsync();
        await wire.SayAsync(string.Concat(Enumerable.Range(0, 10).Select(number => Leave($"{number}"))) + Leave("last")[..7]);
        for (var number = 0; number < 10; number++) { Assert.Equal(Left($"{number}"), (await wire.NextAsync()).Text); }
        await wire.SayAsync(Leave("last")[7..]);
        Assert.Equal(Left("last"), (await wire.NextAsync()).Text);
    }

    [Fact]
    public async Task FramesByteByByte_AreUnderstood()
    {
        using var wire = await (await WireSocket.ConnectAsync(_server.Address)).GreetAsync();
        var call = Encoding.UTF8.GetBytes(Leave("1"));
        byte[] frame = [0x81, (byte)(0x80 | call.Length), 0, 0, 0, 0, .. call];
        foreach (var one in frame) { await wire.SendBytesAsync([one]); }
        Assert.Equal(Left("1"), (await wire.NextAsync()).Text);
    }

    [Theory]
    [InlineData("unmasked", 1002)]
    [InlineData("reserved bits", 1002)]
    [InlineData("unknown kind", 1002)]
    [InlineData("continuation of nothing", 1002)]
    [InlineData("message within a message", 1002)]
    [InlineData("ping in parts", 1002)]
    [InlineData("long ping", 1002)]
    [InlineData("negative length", 1002)]
    [InlineData("announced gigabyte", 1009)]
    [InlineData("message without an end", 1009)]
    [InlineData("no message", 1008)]
    [InlineData("no text", 1007)]
    public async Task FrameThatIsWrong_EndsTheConnectionWithWordsAndACode(string wrong, int code)
    {
        using var wire = await (await WireSocket.ConnectAsync(_server.Address)).GreetAsync();
        var big = new string('x', 20_000);
        await (wrong switch
        {
            "unmasked" => wire.SendAsync(Encoding.UTF8.GetBytes(Leave("1")), Text, isMasked: false),
            "reserved bits" => wire.SendBytesAsync([0xC1, 0x80, 0, 0, 0, 0]),
            "unknown kind" => wire.SayAsync("x", kind: 3),
            "continuation of nothing" => wire.SayAsync("x", Continuation),
            "message within a message" => SayTwiceAsync(wire, "{", isFinal: false),
            "ping in parts" => wire.SayAsync("x", Ping, isFinal: false),
            "long ping" => wire.SayAsync(new string('x', 126), Ping),
            "negative length" => wire.SendBytesAsync([0x81, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]),
            "announced gigabyte" => wire.SendBytesAsync([0x81, 0xFF, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4]),
            "no text" => wire.SendAsync([0x7b, 0xff, 0x1e], Text),
            "message without an end" => SayTwiceAsync(wire, big, isFinal: true),
            _ => wire.SayAsync($"this is not JSON{End}"),
        });

        var said = await wire.UntilClosedAsync();
        Assert.Contains("\"type\":7", said[^2].Text, StringComparison.Ordinal);
        Assert.Equal(code, said[^1].Code);
        await StillServesAsync();
    }

    [Theory]
    [InlineData("""{"protocol":"morse","version":1}""")]
    [InlineData("""{"protocol":"json","version":99}""")]
    public async Task ProtocolThatIsNotKnown_IsRefusedInWords(string handshake)
    {
        using var wire = await WireSocket.ConnectAsync(_server.Address);
        await wire.SayAsync(handshake + End);
        var said = await wire.UntilClosedAsync();
        Assert.Contains("\"error\":", said[0].Text, StringComparison.Ordinal);
        Assert.Equal(1008, said[^1].Code);
    }

    [Fact]
    public async Task HandshakeThatIsNone_IsAnsweredAsOneIsInWords()
    {
        using var wire = await WireSocket.ConnectAsync(_server.Address);
        await wire.SayAsync($"good evening{End}");
        var said = await wire.UntilClosedAsync();
        Assert.Contains("\"error\":", said[0].Text, StringComparison.Ordinal);
        Assert.Equal(1008, said[^1].Code);
    }

    [Theory]
    [InlineData(new byte[] { 3, 232 }, 1000)]
    [InlineData(new byte[] { 15, 160, 0x62, 0x79, 0x65 }, 4000)]
    [InlineData(new byte[0], 1000)]
    [InlineData(new byte[] { 3 }, 1002)]
    [InlineData(new byte[] { 3, 237 }, 1002)]
    [InlineData(new byte[] { 3, 232, 0xff }, 1007)]
    public async Task CloseFrameOfTheClient_IsAnsweredByItsCodeAndTheEnd(byte[] close, int code)
    {
        using var wire = await (await WireSocket.ConnectAsync(_server.Address)).GreetAsync();
        await wire.SendAsync(close, Close);
        var said = await wire.UntilClosedAsync();
        Assert.Equal([code], said.Select(frame => frame.Code));
        await wire.UntilEndedAsync();
    }

    [Fact]
    public async Task StreamOfACall_IsRefusedByItsNameAndTheConnectionStays()
    {
        using var wire = await (await WireSocket.ConnectAsync(_server.Address)).GreetAsync();
        await wire.SayAsync($$"""{"type":4,"invocationId":"1","target":"Leave","arguments":[]}{{End}}""");
        Assert.Contains("Leave answers once", (await wire.NextAsync()).Text, StringComparison.Ordinal);
        await wire.SayAsync(Leave("2"));
        Assert.Equal(Left("2"), (await wire.NextAsync()).Text);
    }

    [Fact]
    public async Task MessageOfAKindOfTheFuture_IsPassedOver()
    {
        using var wire = await (await WireSocket.ConnectAsync(_server.Address)).GreetAsync();
        await wire.SayAsync($$"""{"type":99,"what":"ever"}{{End}}{{Leave("1")}}""");
        Assert.Equal(Left("1"), (await wire.NextAsync()).Text);
    }

    [Fact]
    public async Task ConnectionThatIsClosed_HearsWhyThenTheHubsWordThenTheSocketsAlwaysInThisOrder()
    {
        for (var round = 0; round < 3; round++)
        {
            using var troll = await _server.NewMemberAsync();
            using var wire = await (await WireSocket.ConnectAsync(_server.Address, troll.Cookie)).GreetAsync();
            var seeded = await _server.Seeder.EnsureAsync($"Mod {Guid.CreateVersion7():N}"[..20], PlatformRole.Moderator);
            using var moderator = await _server.NewVisitor().SignInAsync(seeded.Person.Name, seeded.Password!);
            await moderator.DoneAsync(HttpMethod.Put, $"/api/platform/bans/{troll.Id}", new { reason = "fraud" });

            var said = await wire.UntilClosedAsync();
            Assert.Equal(3, said.Count);
            Assert.Contains("\"closed\"", said[0].Text, StringComparison.Ordinal);
            Assert.Contains("\"type\":7", said[1].Text, StringComparison.Ordinal);
            Assert.Equal(1000, said[2].Code);

            // It does not leave, and is cut off.
            await wire.UntilEndedAsync();
        }
    }

    [Fact]
    public async Task ConnectionWhoseClientDoesNotLeave_EndsInOrder_AndTheCloseFrameIsThereForWhoReadsLate()
    {
        await using var server = await TestServer.StartAsync(("FanOut:CloseGraceMs", "50"));
        using var troll = await server.NewMemberAsync();
        using var wire = await (await WireSocket.ConnectAsync(server.Address, troll.Cookie)).GreetAsync();
        var seeded = await server.Seeder.EnsureAsync($"Mod {Guid.CreateVersion7():N}"[..20], PlatformRole.Moderator);
        using var moderator = await server.NewVisitor().SignInAsync(seeded.Person.Name, seeded.Password!);
        await moderator.DoneAsync(HttpMethod.Put, $"/api/platform/bans/{troll.Id}", new { reason = "fraud" });
        await TestServer.UntilAsync(() => Task.FromResult(server.Connections.Count == 0));

        Assert.Equal(1000, (await wire.UntilClosedAsync())[^1].Code);
        Assert.True(await wire.UntilEndedAsync());
    }

    [Fact]
    public async Task ServerThatGoesAway_TellsEverybodyToComeBack()
    {
        var server = await TestServer.StartAsync(Patiently);
        using var first = await (await WireSocket.ConnectAsync(server.Address)).GreetAsync();
        using var second = await (await WireSocket.ConnectAsync(server.Address)).GreetAsync();
        var stopping = server.DisposeAsync().AsTask();
        foreach (var wire in (WireSocket[])[first, second])
        {
            var said = await wire.UntilClosedAsync();
            Assert.Contains("\"allowReconnect\":true", said[0].Text, StringComparison.Ordinal);
            Assert.Equal(1001, said[^1].Code);
            wire.Dispose();
        }

        await stopping;
    }

    [Fact]
    public async Task ConnectionInNoRoomThatNeverReads_IsCutOff()
    {
        await using var server = await TestServer.StartAsync(
            ("FanOut:StuckSeconds", "1"), ("RateLimits:HubCallsBurst", "10000"), ("RateLimits:HubCallsPerAddressBurst", "10000"));
        using var wire = await WireSocket.ConnectAsync(server.Address, receiveBytes: 4_096);
        await wire.SayAsync($$"""{"protocol":"json","version":1}{{End}}""");

        // Each answer repeats what it was asked: more than both kernels' buffers take.
        var call = $$"""{"type":1,"invocationId":"1","target":"Malformed","arguments":["{{new string('x', 30_000)}}"]}{{End}}""";
        var saying = Task.Run(async () =>
        {
            for (var i = 0; i < 2_000; i++) { await wire.SayAsync(call); }
        });
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(() => saying);
        await TestServer.UntilAsync(() => Task.FromResult(server.Connections.Count == 0));
    }

    [Fact]
    public async Task ClientThatSaysNothing_IsPingedAndThenCutOff()
    {
        await using var server = await TestServer.StartAsync(services => services.Configure<HubOptions>(hub =>
        {
            hub.KeepAliveInterval = TimeSpan.FromMilliseconds(300);
            hub.ClientTimeoutInterval = TimeSpan.FromSeconds(6);
            hub.HandshakeTimeout = TimeSpan.FromSeconds(5);
        }));
        using var silent = await WireSocket.ConnectAsync(server.Address);
        using var wire = await (await WireSocket.ConnectAsync(server.Address)).GreetAsync();

        for (var pings = 0; pings < 2; pings++) { Assert.Equal("""{"type":6}""" + End, (await wire.NextAsync()).Text); }
        await wire.UntilEndedAsync();
        await silent.UntilEndedAsync();
        await TestServer.UntilAsync(() => Task.FromResult(server.Connections.Count == 0));
    }

    [Fact]
    public async Task ConnectionBehindAProxyThatSpeaksTlsForUs_IsALine()
    {
        await using var server = await TestServer.StartAsync(services => services.Configure<GatewayOptions>(gateway => gateway.TrustedProxies.Add("127.0.0.1")));
        using var socket = await OpenAsync(new Uri($"ws://{server.Address.Authority}/hub/room"), proto: "https");
        Assert.Equal(Left("1"), await LeaveAsync(socket));
        Assert.Equal(1, server.Connections.Lanes);
    }

    [Fact]
    public async Task ConnectionThatIsEncryptedByUs_IsNoLineWhateverAProxySays()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
        await using var server = await TestServer.StartAsync(services =>
        {
            services.Configure<GatewayOptions>(gateway => gateway.TrustedProxies.Add("127.0.0.1"));
            services.Configure<KestrelServerOptions>(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.UseHttps(certificate)));
        });
        using var socket = await OpenAsync(new Uri($"wss://{server.Address.Authority}/hub/room"), proto: "http", certificate.Thumbprint);
        Assert.Equal(Left("1"), await LeaveAsync(socket));
        Assert.Equal((1, 0), (server.Connections.Count, server.Connections.Lanes));
    }

    [Fact]
    public async Task ConnectionThatNegotiates_IsTheFrameworksAndIsServedAndClosedInOrder()
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync(new Uri(_server.Address, "/hub/room/negotiate?negotiateVersion=1"), content: null);
        using var negotiated = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var id = Uri.EscapeDataString(negotiated.RootElement.GetProperty("connectionToken").GetString()!);
        using var socket = await OpenAsync(new Uri($"ws://{_server.Address.Authority}/hub/room?id={id}"));
        Assert.Equal(Left("1"), await LeaveAsync(socket));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Fact]
    public async Task HeadersAndWhoSignedIn_AreForgottenByTheRequestAndNotByTheConnection()
    {
        using var ana = await _server.NewMemberAsync();
        var room = await ana.CreateRoomAsync();
        await using var hub = await HubSocket.ConnectAsync(_server.Address, ana.Cookie);
        await hub.JoinAsync(room.RoomId);
        var said = await hub.CallAsync<ChatReceipt>("Say", new { key = Guid.CreateVersion7(), text = "still me" });
        Assert.True(said.Ok, said.Refusal?.Message);
        Assert.Equal(ana.Id, (await hub.NextEventAsync<ChatSaid>()).Sender.Id);
    }

    private static async Task<ClientWebSocket> OpenAsync(Uri address, string? proto = null, string? thumbprint = null)
    {
        var socket = new ClientWebSocket();
        if (proto is not null)
        {
            socket.Options.SetRequestHeader("X-Forwarded-For", "203.0.113.9");
            socket.Options.SetRequestHeader("X-Forwarded-Proto", proto);
        }

        if (thumbprint is not null) { socket.Options.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == thumbprint; }
        await socket.ConnectAsync(address, TestContext.Current.CancellationToken).WaitAsync(Patience);
        return socket;
    }

    /// <summary>Greets and calls.</summary>
    /// <returns>What was answered.</returns>
    private static async Task<string> LeaveAsync(ClientWebSocket socket)
    {
        var greeting = Encoding.UTF8.GetBytes($$"""{"protocol":"json","version":1}{{End}}{{Leave("1")}}""");
        await socket.SendAsync(greeting, WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);
        var heard = new StringBuilder();
        var bytes = new byte[4_096];
        while (heard.ToString().Count(one => one == End) < 2)
        {
            var came = await socket.ReceiveAsync(bytes, TestContext.Current.CancellationToken).WaitAsync(Patience);
            Assert.NotEqual(WebSocketMessageType.Close, came.MessageType);
            heard.Append(Encoding.UTF8.GetString(bytes, 0, came.Count));
        }

        return heard.ToString()[(heard.ToString().IndexOf(End, StringComparison.Ordinal) + 1)..];
    }

    private static async Task SayTwiceAsync(WireSocket wire, string text, bool isFinal)
    {
        await wire.SayAsync(text, Text, isFinal);
        await wire.SayAsync(text, Text, isFinal);
    }

    private static string Leave(string id) => $$"""{"type":1,"invocationId":"{{id}}","target":"Leave","arguments":[]}{{End}}""";

    private static string Left(string id) => "{\"type\":3,\"invocationId\":\"" + id + "\",\"result\":{\"value\":{}}}" + End;

    private async Task StillServesAsync()
    {
        await using var guest = await HubSocket.ConnectAsync(_server.Address);
        Assert.True((await guest.CallAsync<Done>("Leave")).Ok);
    }

    /// <summary>A server that gives clients time to leave.</summary>
    public sealed class PatientServer : IAsyncLifetime
    {
        internal TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync(Patiently);

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
