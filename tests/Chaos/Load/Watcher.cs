using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Checks;

namespace LiveCommerce.Chaos.Load;

/// <summary>
/// A viewer: follows the room's feed over a hub connection, chats, and comes back to another gateway when a connection breaks, with the position it
/// has reached. What it is sent must follow docs/wire-protocol.md, and every gift must be seen.
/// </summary>
internal sealed class Watcher(Person person, string roomId, GiftBook book, int number)
{
    private const char Separator = '\u001e';
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan SpeakEvery = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan ComeBackMin = TimeSpan.FromMilliseconds(100);
    private const int JitterMs = 400;

    private readonly Lock _gate = new();
    private readonly SequenceChecker _checker = new();
    private readonly Dictionary<Guid, int> _seen = [];
    private readonly HashSet<Guid> _sinceSnapshot = [];
    private readonly List<(IReadOnlyCollection<Guid> Before, Guid Oldest)> _jumps = [];
    private readonly Random _random = new(number);
    private long _invocation;
    private Guid _chat = Guid.CreateVersion7();
    private bool _joined;

    public string Name => string.Create(CultureInfo.InvariantCulture, $"viewer {number}");

    /// <summary>Connections that broke.</summary>
    public int Breaks { get; private set; }

    /// <summary>What it was sent against the rules.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            lock (_gate)
            {
                return _checker.FirstViolation is { } first ? [$"{Name}: {first} ({_checker.Violations} violations)", .. _repeated] : [.. _repeated];
            }
        }
    }

    private readonly List<string> _repeated = [];

    public bool HasSeen(Guid gift)
    {
        lock (_gate) { return _seen.ContainsKey(gift); }
    }

    /// <summary>
    /// Gifts of the ledger that it has not seen. A snapshot holds the last 50: what lies between the last gift seen before it and its oldest
    /// is excused, and nothing else.
    /// </summary>
    public IReadOnlyList<Guid> Missed(IReadOnlyList<Guid> ledger)
    {
        lock (_gate)
        {
            var places = ledger.Select((key, place) => (key, place)).ToDictionary(pair => pair.key, pair => pair.place);
            var excused = _jumps
                .Select(jump => (From: jump.Before.Select(key => places.GetValueOrDefault(key, -1)).DefaultIfEmpty(-1).Max(), To: places.GetValueOrDefault(jump.Oldest, -1)))
                .ToList();
            return [.. ledger.Where((key, place) => !_seen.ContainsKey(key) && !excused.Any(gap => gap.From < place && place < gap.To))];
        }
    }

    /// <summary>Until told to stop.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stop);
            }
            catch (Exception broken) when (broken is WebSocketException or IOException or OperationCanceledException or HttpRequestException)
            {
                // Told by the loop: it comes back.
            }

            if (stop.IsCancellationRequested) { return; }
            Breaks++;
            person.GoElsewhere();
            await Task.Delay(ComeBackMin + TimeSpan.FromMilliseconds(_random.Next(JitterMs)), TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", person.Cookie);
        (socket.Options.KeepAliveInterval, socket.Options.KeepAliveTimeout) = (PingEvery, DeadAfter);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using (var patience = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            patience.CancelAfter(ConnectPatience);
            await socket.ConnectAsync(new UriBuilder(person.Gateway) { Scheme = "ws", Path = "/hub/room" }.Uri, patience.Token);
            await SendAsync(socket, """{"protocol":"json","version":1}""", patience.Token);
            RoomPosition? since;
            lock (_gate) { since = _checker.Position; }
            await CallAsync(socket, "Join", new { roomId, since }, patience.Token);
        }

        _joined = false;
        var speaking = SpeakAsync(socket, ended.Token);
        try
        {
            await ReadAsync(socket, stop);
        }
        finally
        {
            await ended.CancelAsync();
            await speaking;
        }
    }

    private async Task ReadAsync(ClientWebSocket socket, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        while (true)
        {
            var piece = await socket.ReceiveAsync(buffer, stop);
            if (piece.MessageType == WebSocketMessageType.Close) { return; }
            message.Write(buffer, 0, piece.Count);
            if (!piece.EndOfMessage || buffer[piece.Count - 1] != Separator) { continue; }
            var text = Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length);
            message.SetLength(0);
            foreach (var part in text.Split(Separator, StringSplitOptions.RemoveEmptyEntries))
            {
                if (!Take(JsonSerializer.Deserialize<JsonElement>(part))) { return; }
            }
        }
    }

    // False: this connection is of no use.
    private bool Take(JsonElement message)
    {
        if (!message.TryGetProperty("type", out var type)) { return true; }
        switch (type.GetInt32())
        {
            case 1:
                Hear(message.GetProperty("target").GetString()!, message.GetProperty("arguments")[0]);
                return true;
            case 3:
                return Answered(message);
            case 7:
                return false;
            default:
                return true;
        }
    }

    private bool Answered(JsonElement message)
    {
        var isGood = message.TryGetProperty("result", out var result) && result.TryGetProperty("value", out _);
        if (!_joined)
        {
            // The room may have no owner for the moment.
            _joined = true;
            return isGood;
        }

        if (!isGood) { return true; }
        _chat = Guid.CreateVersion7();
        book.Said();
        return true;
    }

    private void Hear(string target, JsonElement body)
    {
        lock (_gate)
        {
            if (target == "snapshot")
            {
                TakeSnapshot(body);
            }
            else if (target == "batch")
            {
                var epoch = body.GetProperty("epoch").GetInt64();
                foreach (var happened in body.GetProperty("events").EnumerateArray())
                {
                    var isNew = _checker.Event(epoch, happened.GetProperty("sequence").GetInt64());
                    if (isNew && happened.GetProperty("kind").GetString() == "gift") { See(happened, isTold: true); }
                }
            }
        }
    }

    private void TakeSnapshot(JsonElement body)
    {
        var position = body.GetProperty("position").Deserialize<RoomPosition>(WireJson.Options);
        if (_checker.Position is { } before && position.Epoch < before.Epoch)
        {
            _checker.Violate($"a snapshot of epoch {position.Epoch} came after epoch {before.Epoch}");
        }

        _checker.Snapshot(position);
        _sinceSnapshot.Clear();
        var gifts = body.GetProperty("gifts").EnumerateArray().ToList();
        if (gifts.Count >= RoomLimits.SnapshotGiftsMax && !_seen.ContainsKey(gifts[0].GetProperty("key").GetGuid()))
        {
            _jumps.Add(([.. _seen.Keys], gifts[0].GetProperty("key").GetGuid()));
        }

        foreach (var gift in gifts) { See(gift, isTold: false); }
    }

    private void See(JsonElement gift, bool isTold)
    {
        See(gift.GetProperty("key").GetGuid(), isTold);
        if (gift.TryGetProperty("merged", out var merged) && merged.ValueKind == JsonValueKind.Array)
        {
            foreach (var key in merged.EnumerateArray()) { See(key.GetGuid(), isTold); }
        }
    }

    // Players drop what they have shown; but one owner tells each gift once.
    private void See(Guid key, bool isTold)
    {
        _seen[key] = _seen.GetValueOrDefault(key) + 1;
        if (isTold && !_sinceSnapshot.Add(key)) { _repeated.Add($"{Name}: gift {key} was told twice in one epoch."); }
    }

    private async Task SpeakAsync(ClientWebSocket socket, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(SpeakEvery, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                if (_joined) { await CallAsync(socket, "Say", new { roomId, key = _chat, text = $"{Name} says {_chat:N}" }, ended); }
            }
        }
        catch (Exception over) when (over is WebSocketException or OperationCanceledException or InvalidOperationException or IOException)
        {
            // The connection is over; the reader sees it too.
        }
    }

    private Task CallAsync(ClientWebSocket socket, string target, object argument, CancellationToken cancellationToken) => SendAsync(
        socket,
        JsonSerializer.Serialize(
            new { type = 1, invocationId = (++_invocation).ToString(CultureInfo.InvariantCulture), target, arguments = new[] { argument } }, JsonSerializerOptions.Web),
        cancellationToken);

    private static async Task SendAsync(ClientWebSocket socket, string message, CancellationToken cancellationToken) =>
        await socket.SendAsync(Encoding.UTF8.GetBytes(message + Separator), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
}
