using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>A broadcast whose fragments the test makes: 100 ms each, a keyframe a second, a part every 300 ms.</summary>
internal sealed class ScriptedBroadcast
{
    /// <summary>Bytes of a fragment.</summary>
    public const int FragmentBytes = 700;

    private static readonly MediaTrack Picture = new(1, TrackKind.Video, 1000, "avc1.42c01f", 640, 360);
    private static readonly TimeSpan Length = TimeSpan.FromMilliseconds(100);
    private static readonly DateTimeOffset RecordedAt = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, int> _given = [];
    private readonly Broadcast.Seat _seat;

    private ScriptedBroadcast(VideoHost host, Broadcast broadcast)
    {
        Broadcast = broadcast;
        _seat = broadcast.Sit()!;
        Address = new Uri(host.Address, $"/live/{broadcast.StreamId}/");
    }

    public Broadcast Broadcast { get; }

    public Uri Address { get; }

    /// <summary>With nothing in it.</summary>
    public static async Task<ScriptedBroadcast> OpenAsync(VideoHost host)
    {
        var room = VideoHost.NewId();
        var lease = await host.Desk.OpenAsync(room, new PublishRequest(null, "right-key", "test", false));
        return new ScriptedBroadcast(host, host.Broadcasts.Take(room, lease.Value!)!);
    }

    /// <summary>A broadcast of another gateway that goes on here.</summary>
    public static ScriptedBroadcast Resume(VideoHost host, ScriptedBroadcast before)
    {
        var (room, stream) = (before.Broadcast.RoomId, before.Broadcast.StreamId);
        host.Desk.Adopt(room, stream);
        return new ScriptedBroadcast(host, host.Broadcasts.Take(room, new StreamLease(stream, true))!);
    }

    /// <summary>With the source and other rungs, each given some fragments.</summary>
    public static async Task<ScriptedBroadcast> StartAsync(VideoHost host, int fragments, params string[] rungs)
    {
        var scripted = await OpenAsync(host);
        scripted.Begin(["source", .. rungs]);
        scripted.Give(fragments, ["source", .. rungs]);
        return scripted;
    }

    /// <summary>An encoder begins.</summary>
    public void Begin(params string[] rungs)
    {
        Broadcast.EndRuns(_seat);
        foreach (var rung in rungs)
        {
            _given[rung] = 0;
            Assert.Null(Broadcast.Take(_seat, rung, new InitSegment(new byte[] { 1, 2, 3 }, [Picture]), RecordedAt));
        }
    }

    /// <summary>Some fragments more for the source, or for the rungs named.</summary>
    public void Give(int fragments, params string[] rungs)
    {
        for (var i = 0; i < fragments; i++)
        {
            foreach (var rung in rungs.Length == 0 ? ["source"] : rungs)
            {
                var number = _given[rung]++;
                var bytes = new byte[FragmentBytes];
                bytes[0] = (byte)(number % 256);
                var run = new TrackRun(Picture, Length * number, Length, 3, number % 10 == 0);
                Assert.Null(Broadcast.Take(_seat, rung, new Fragment(bytes, [run]), RecordedAt));
            }
        }
    }

    /// <summary>What a real encoder gave.</summary>
    public void Take(string rung, MediaUnit unit) => Assert.Null(Broadcast.Take(_seat, rung, unit, RecordedAt));

    public void End() => Broadcast.End(BroadcastEnd.Finished);
}
