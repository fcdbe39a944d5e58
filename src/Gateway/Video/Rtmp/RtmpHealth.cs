using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Video.Encoders;
using LiveCommerce.Gateway.Video.Publishing;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>Tells the room how a broadcast that comes over RTMP goes, for its owner.</summary>
internal sealed partial class RtmpHealth(Broadcast broadcast, IStreamDesk desk, ILogger logger)
{
    private long? _lookedAt;
    private TimeSpan? _smallestLag;
    private double _bitsPerSecond;

    /// <summary>How it goes at this look.</summary>
    /// <param name="came">Bytes since the look before.</param>
    /// <param name="position">How much has come out of FFmpeg.</param>
    /// <param name="copies">Whether the picture passes as it is.</param>
    /// <param name="rungs">As the encoders have them; empty before the first header.</param>
    public Task TellAsync(RtmpStream stream, long came, TimeSpan position, bool copies, IReadOnlyList<RungReport> rungs, TimeProvider time)
    {
        // Half old, half new: a keyframe now and then is no change of rate.
        var now = time.GetTimestamp();
        if (_lookedAt is { } before && time.GetElapsedTime(before, now).TotalSeconds is > 0 and var seconds)
        {
            var bits = came * 8 / seconds;
            _bitsPerSecond = _bitsPerSecond == 0 ? bits : (_bitsPerSecond + bits) / 2;
        }

        _lookedAt = now;

        // Both clocks run at the stream's pace but begin at different moments: what counts is how much further apart they get.
        var lag = TimeSpan.FromMilliseconds(stream.TimestampMs) - position;
        _smallestLag = _smallestLag is { } smallest && smallest < lag ? smallest : lag;
        return SendAsync(new StreamHealth(
            broadcast.Phase, stream.BytesIn, stream.TimestampMs, (long)(lag - _smallestLag.Value).TotalMilliseconds, (long)_bitsPerSecond,
            stream.Picture?.FramesPerSecond ?? 0, copies, [.. rungs.Select(Now)]));
    }

    /// <summary>The encoder is sent away.</summary>
    public Task TellLastAsync(string trouble) => SendAsync(new StreamHealth(broadcast.Phase, 0, 0, 0, 0, 0, false, []) { Trouble = trouble });

    private static RungHealth Now(RungReport rung) => new(
        rung.Name, rung.Width, rung.Height, rung.BitsPerSecond,
        rung.State switch { RungState.On => "on", RungState.Off => "off", _ => "dropped" }, PublishMessages.Words(rung.Reason));

    private async Task SendAsync(StreamHealth health)
    {
        try
        {
            await desk.TellHealthAsync(broadcast.RoomId, broadcast.StreamId, health);
        }
        catch (Exception failure)
        {
            // The next one will do; that the room is silent is noticed by the reports that count.
            Log.Untold(logger, failure, broadcast.RoomId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3614, Level = LogLevel.Debug, Message = "Room {RoomId} was not told how its stream goes")]
        public static partial void Untold(ILogger logger, Exception failure, string roomId);
    }
}
