using System.Text.Json;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Runtime;

namespace LiveCommerce.Actors.Links;

/// <content>What comes from the silo.</content>
internal sealed partial class SiloLink
{
    private bool Receive(LinkConnection from, LinkFrame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Notice:
                return TakeNotice(frame);
            case FrameKind.Welcome when JsonSerializer.Deserialize<LinkWelcome>(frame.Json) is { Calls: > 0, Bytes: > 0 } welcome:
                return LinkHello.ProblemOf(welcome.Protocol) is { } old
                    ? _welcome?.TrySetException(new LinkRefusedException(old)) == true
                    : _welcome?.TrySetResult(welcome) == true;
            case FrameKind.Farewell:
                _welcome?.TrySetException(new LinkRefusedException(JsonSerializer.Deserialize<string>(frame.Json) ?? "no reason was given"));
                _farewell = true;
                from.Close();
                return true;
            case FrameKind.Answer or FrameKind.Failure or FrameKind.Moved:
                break;
            default:
                return false;
        }

        // None: an answer that nobody awaits any more, its time was over.
        if (Take(frame.Call) is { } call)
        {
            try
            {
                TakeAnswer(call, frame, isAlone: from.TakesOne);
            }
            catch (Exception unreadable)
            {
                call.Fail(new InvalidOperationException($"The answer to {call} cannot be read: {unreadable.Message}", unreadable));
            }
        }

        Pump();
        return true;
    }

    /// <summary>Takes an awaited call with its credit. Null: it has been given up, but its credit comes back only now.</summary>
    private GrainCall? Take(long number)
    {
        lock (_gate)
        {
            if (!_awaited.Remove(number, out var awaited)) { return null; }
            _credit.Return(awaited.Bytes);
            _underWay[awaited.Call.Lane?.Shard ?? Shards.Of(awaited.Call.Grain.Key)]--;
            if (_retired && _awaited.Count == 0) { _connection?.Close(); }
            return awaited.Call.IsAnswered ? null : awaited.Call;
        }
    }

    private void TakeAnswer(GrainCall call, LinkFrame frame, bool isAlone)
    {
        LinkMetrics.Answered(frame.Kind, _client.Actors.CallTimeout - _client.Time.GetElapsedTime(_client.Time.GetTimestamp(), call.Deadline));
        switch (frame.Kind)
        {
            case FrameKind.Answer:
                // Not what fails or has moved: whoever ends it then may be in the middle of something.
                if (isAlone && call.Method.LittleFollows) { call.AnswerAtOnce(); }
                call.Method.TakeAnswer(call, frame.Json, _client.Codec);
                break;
            case FrameKind.Failure:
                call.Fail(_client.Exceptions.Read(call.Grain, frame.Json));
                break;
            default:
                _moved(call, LinkCodec.ReadOwner(frame.Json));
                break;
        }
    }

    private bool TakeNotice(LinkFrame frame)
    {
        var json = new Utf8JsonReader(frame.Json);
        string[] head = new string[2];
        if (!LinkCodec.TryReadHead(ref json, head)) { return false; }
        if (_client.Observers.Find(head[0]) is not ObserverReference observer) { return true; }
        if (observer.Interface.Find(head[1]) is not { } method) { return true; }

        try
        {
            observer.Post(method, _client.Codec.ReadArguments(ref json, method));
        }
        catch (Exception unreadable) when (unreadable is JsonException or NotSupportedException or InvalidOperationException)
        {
            // Of a newer process, perhaps. The others that wait on this link have nothing to do with it.
            Log.NoticeUnreadable(_client.Logger, unreadable, method);
        }

        return true;
    }
}
