using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using LiveCommerce.Benchmarks.Fanout;

namespace LiveCommerce.Benchmarks.Video;

/// <summary>What viewers of a low-latency playlist do.</summary>
internal enum HlsHabit
{
    /// <summary>Reload the playlist as parts come, and fetch every part.</summary>
    Watch = 0,

    /// <summary>Reload the playlist, and fetch nothing.</summary>
    Reload = 1,

    /// <summary>Have it once, and ask no more.</summary>
    Rest = 2,
}

/// <summary>What they had so far.</summary>
/// <param name="Reloads">Playlists that had been waited for.</param>
/// <param name="Missed">Parts that came and went between two playlists of one viewer: it reloads too late, or is answered too late.</param>
/// <param name="Refused">Answers that were no 200.</param>
internal readonly record struct HlsCounts(long Reloads, long Parts, long Bytes, long Missed, long Refused);

/// <summary>Viewers over LL-HLS on one thread that waits for all of them, as hls.js asks: delta updates, blocking reloads, gzip; a connection each.</summary>
internal sealed partial class HlsCrowd : IDisposable
{
    private const int EventsMax = 1_024;
    private const int AddressesMax = 250;
    private const int HeadBytesMax = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    private readonly int _port;
    private readonly string _folder;
    private readonly int _poll = Native.CreatePoll(0);
    private readonly Viewer[] _viewers;
    private readonly byte[] _buffer = new byte[512 * 1024];
    private readonly ConcurrentQueue<Action> _asked = new();
    private readonly Thread _thread;
    private volatile HlsHabit _habit;
    private volatile bool _over;
    private volatile int _served;
    private int _coming;
    private HlsCounts _counts;
    private byte[] _lastBody = [];
    private Listing _listing = new((0, 0), []);
    private Exception? _problem;

    public HlsCrowd(Uri server, string streamId, int viewers, HlsHabit habit)
    {
        (_port, _folder, _habit) = (server.Port, $"/live/{streamId}/source/", habit);
        _viewers = [.. Enumerable.Range(0, viewers).Select(number => new Viewer(number))];
        _thread = new Thread(Run) { IsBackground = true, Name = "hls crowd" };
        _thread.Start();
    }

    /// <summary>Who has had a playlist. An exception of the thread is thrown here.</summary>
    public async Task WhenServedAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (_served < _viewers.Length)
        {
            if (_problem is { } problem) { throw new InvalidOperationException("The crowd's thread failed.", problem); }
            if (Stopwatch.GetElapsedTime(began) > Patience) { throw new TimeoutException($"{_served} of {_viewers.Length} viewers have a playlist."); }
            await Task.Delay(LookEvery, TimeProvider.System);
        }
    }

    public async Task<HlsCounts> CountAsync()
    {
        var counts = default(HlsCounts);
        await AskAsync(() => counts = _counts);
        return _problem is { } problem ? throw new InvalidOperationException("The crowd's thread failed.", problem) : counts;
    }

    /// <summary>Everybody who rests asks for what comes next, and waits for it.</summary>
    public Task GoOnAsync(HlsHabit habit) => AskAsync(() =>
    {
        _habit = habit;
        foreach (var viewer in _viewers.Where(one => one is { Descriptor: >= 0, IsAsking: false })) { Next(viewer); }
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _over = true;
        _thread.Join();
        foreach (var viewer in _viewers.Where(one => one.Descriptor >= 0)) { _ = Native.Close(viewer.Descriptor); }
        _ = Native.Close(_poll);
    }

    private Task AskAsync(Action what)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Enqueue(() =>
        {
            what();
            done.SetResult();
        });
        return done.Task.WaitAsync(Patience);
    }

    private void Run()
    {
        try
        {
            var events = new byte[EventsMax * Native.EventBytes];
            while (!_over)
            {
                while (_asked.TryDequeue(out var ask)) { ask(); }

                // Some at a time: a queue of connections is bounded.
                for (var i = 0; i < 50 && _coming < _viewers.Length && _coming < _served + 400; i++) { Come(_viewers[_coming++]); }
                var count = Native.Wait(_poll, events, EventsMax, 5);
                for (var at = 0; at < count; at++)
                {
                    var item = events.AsSpan(at * Native.EventBytes, Native.EventBytes);
                    Happened(_viewers[(int)BitConverter.ToInt64(item[Native.EventDataAt..])], BitConverter.ToInt32(item));
                }
            }
        }
        catch (Exception problem)
        {
            _problem = problem;
        }
    }

    private void Come(Viewer viewer)
    {
        viewer.Descriptor = Native.Connect(_port, (1, (byte)((viewer.Number % AddressesMax) + 1)), receiveBytes: 0);
        Native.Watch(_poll, viewer.Descriptor, viewer.Number, Native.WriteReady, isNew: true);
    }

    private void Happened(Viewer viewer, int events)
    {
        if (viewer.Descriptor < 0) { return; }
        if (!viewer.IsConnected)
        {
            if ((events & Native.Gone) != 0) { throw new IOException("The server takes no connection."); }
            viewer.IsConnected = true;
            Native.Watch(_poll, viewer.Descriptor, viewer.Number, Native.ReadReady, isNew: false);
            Ask(viewer, "list.m3u8");
            return;
        }

        var count = Native.Receive(viewer.Descriptor, _buffer, out var again);
        if (count > 0) { Take(viewer, _buffer.AsSpan(0, count)); }
        else if (!again) { throw new IOException("The server closed a connection."); }
    }

    private void Take(Viewer viewer, ReadOnlySpan<byte> bytes)
    {
        _counts = _counts with { Bytes = _counts.Bytes + bytes.Length };
        while (!bytes.IsEmpty)
        {
            if (viewer.BodyLeft == 0)
            {
                // One head, in one piece or in several.
                viewer.Keep(bytes);
                var head = viewer.Kept.IndexOf("\r\n\r\n"u8);
                if (head < 0)
                {
                    if (viewer.Kept.Length > HeadBytesMax) { throw new IOException("An answer without an end of its head."); }
                    return;
                }

                var used = head + 4 - (viewer.Kept.Length - bytes.Length);
                bytes = bytes[used..];
                viewer.IsRefused = !viewer.Kept.StartsWith("HTTP/1.1 200"u8);
                viewer.BodyLeft = LengthIn(viewer.Kept[..head]);
                viewer.Drop();
            }

            var here = bytes[..Math.Min(viewer.BodyLeft, bytes.Length)];
            if (viewer.WantsList) { viewer.Keep(here); }
            viewer.BodyLeft -= here.Length;
            bytes = bytes[here.Length..];
            if (viewer.BodyLeft == 0) { Answered(viewer); }
        }
    }

    private static int LengthIn(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("Content-Length: "u8);
        return at >= 0 && Utf8Parser.TryParse(head[(at + 16)..], out int length, out _) && length > 0
            ? length
            : throw new IOException($"An answer without a length: {Encoding.ASCII.GetString(head)}");
    }

    private void Answered(Viewer viewer)
    {
        viewer.IsAsking = false;
        if (viewer.IsRefused)
        {
            _counts = _counts with { Refused = _counts.Refused + 1 };
            viewer.Drop();
            viewer.Next = null;
            Ask(viewer, "list.m3u8");
            return;
        }

        if (viewer.WantsList)
        {
            var listing = Read(viewer.Kept);
            viewer.Drop();
            if (viewer.Next is null) { _served++; }
            else
            {
                // What was promised next and is there now, and what came after it.
                var fresh = listing.Parts.Count(one => Compare(one, viewer.Next.Value) >= 0);
                _counts = _counts with { Reloads = _counts.Reloads + 1, Missed = _counts.Missed + Math.Max(0, fresh - 1) };
            }

            if (_habit == HlsHabit.Watch)
            {
                var since = viewer.Next ?? listing.Parts[^1];
                foreach (var part in listing.Parts.Where(one => Compare(one, since) >= 0)) { viewer.Parts.Enqueue(part); }
            }

            viewer.Next = listing.Hint;
        }
        else { _counts = _counts with { Parts = _counts.Parts + 1 }; }

        Next(viewer);
    }

    private void Next(Viewer viewer)
    {
        if (viewer.Parts.TryDequeue(out var part)) { Ask(viewer, string.Create(CultureInfo.InvariantCulture, $"{part.Number}.{part.Part}.m4s")); }
        else if (_habit != HlsHabit.Rest)
        {
            var (number, next) = viewer.Next!.Value;
            Ask(viewer, string.Create(CultureInfo.InvariantCulture, $"list.m3u8?_HLS_msn={number}&_HLS_part={next}&_HLS_skip=YES"));
        }
    }

    private void Ask(Viewer viewer, string file)
    {
        viewer.IsAsking = true;
        viewer.WantsList = file.StartsWith("list", StringComparison.Ordinal);
        var request = $"GET {_folder}{file} HTTP/1.1\r\nHost: localhost:{_port.ToString(CultureInfo.InvariantCulture)}\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n\r\n";
        if (!Native.Send(viewer.Descriptor, Encoding.ASCII.GetBytes(request))) { throw new IOException("A request was not taken."); }
    }

    // Everybody gets the same bytes: they are read once.
    private Listing Read(ReadOnlySpan<byte> body)
    {
        if (body.SequenceEqual(_lastBody)) { return _listing; }
        _lastBody = body.ToArray();
        using var gzip = new GZipStream(new MemoryStream(_lastBody), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        var text = reader.ReadToEnd();
        List<(long, int)> parts = [.. PartTag().Matches(text).Select(NumbersOf)];
        return _listing = new Listing(NumbersOf(HintTag().Match(text)), parts);
    }

    private static (long, int) NumbersOf(Match match) =>
        (long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture));

    private static int Compare((long Number, int Part) one, (long Number, int Part) other) =>
        one.Number != other.Number ? one.Number.CompareTo(other.Number) : one.Part.CompareTo(other.Part);

    [GeneratedRegex("#EXT-X-PART:[^\n]*URI=\"([0-9]+)\\.([0-9]+)\\.m4s\"")]
    private static partial Regex PartTag();

    [GeneratedRegex("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"([0-9]+)\\.([0-9]+)\\.m4s\"")]
    private static partial Regex HintTag();

    private sealed record Listing((long Number, int Part) Hint, IReadOnlyList<(long Number, int Part)> Parts);

    private sealed class Viewer(int number)
    {
        private byte[] _kept = new byte[1_024];
        private int _length;

        public int Number => number;

        public int Descriptor { get; set; } = -1;

        public bool IsConnected { get; set; }

        public bool IsAsking { get; set; }

        public bool IsRefused { get; set; }

        /// <summary>Whether it has asked for a playlist, not for a part.</summary>
        public bool WantsList { get; set; }

        public int BodyLeft { get; set; }

        /// <summary>What the last playlist promised; null before the first.</summary>
        public (long Number, int Part)? Next { get; set; }

        public Queue<(long Number, int Part)> Parts { get; } = new();

        public ReadOnlySpan<byte> Kept => _kept.AsSpan(0, _length);

        public void Keep(ReadOnlySpan<byte> bytes)
        {
            if (_length + bytes.Length > _kept.Length) { Array.Resize(ref _kept, Math.Max(_length + bytes.Length, _kept.Length * 2)); }
            bytes.CopyTo(_kept.AsSpan(_length));
            _length += bytes.Length;
        }

        public void Drop() => _length = 0;
    }
}
