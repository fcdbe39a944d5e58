using System.Buffers;
using System.Text.Unicode;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace LiveCommerce.Gateway.Rooms;

/// <content>What the client says: frames, messages in frames, messages of the hub.</content>
internal sealed partial class HubLine
{
    // What was said and is not worked off yet: only while it is.
    private byte[]? _held;
    private int _heldFrom;
    private int _heldTo;
    private int _messageBytes;
    private bool _inMessage;
    private bool _isText;
    private bool _isDeaf;
    private bool _isPonging;
    private byte[]? _asked;

    /// <summary>What became of the frame at the front.</summary>
    private enum Taken
    {
        /// <summary>It was taken.</summary>
        Whole = 0,

        /// <summary>It has not come whole.</summary>
        NotWhole = 1,

        /// <summary>It is for later: as much waits already as may.</summary>
        NoRoom = 2,
    }

    /// <summary>Takes one frame off the front.</summary>
    /// <param name="closeCode">The client has said its last, and is answered by this.</param>
    private Taken TryTakeFrame(ref ReadOnlySequence<byte> frames, out int? closeCode)
    {
        closeCode = null;
        if (_isDeaf)
        {
            frames = frames.Slice(frames.End);
            return Taken.NotWhole;
        }

        // Together with what is held of a message that has not come whole.
        var before = frames;
        var room = Math.Max(0, (MessagesPerFrameMax * _lines.ReceiveBytesMax) - (_heldTo - _heldFrom));
        if (!ClientFrames.TryTake(ref frames, room, out var frame, out var wrong))
        {
            if (wrong == 0) { return Taken.NotWhole; }
            if (wrong == ClientFrames.TooBig && _isFull) { return Taken.NoRoom; }

            // Where the next frame begins nobody knows.
            _isDeaf = true;
            frames = frames.Slice(frames.End);
            NotUnderstood(wrong);
            return Taken.NotWhole;
        }

        // A message in parts could not be finished while calls wait before it: they have their room first.
        if (_isFull && !frame.IsFinal)
        {
            frames = before;
            return Taken.NoRoom;
        }

        switch (frame.Kind)
        {
            case FrameKind.Close:
                closeCode = ClientFrames.AnswerToClose(frame);
                break;
            case FrameKind.Ping:
                Heard();
                Pong(frame);
                break;
            case FrameKind.Pong:
                Heard();
                break;
            case FrameKind.Text or FrameKind.Binary or FrameKind.Continuation:
                if (!IsEnding) { Hold(frame); }
                break;
            default:
                break;
        }

        return Taken.Whole;
    }

    // A message in frames follows the one before, as bytes of one stream: what separates messages of the hub is inside.
    private void Hold(ClientFrame frame)
    {
        var length = _heldTo - _heldFrom + (int)frame.Payload.Length;
        if (frame.Kind == FrameKind.Continuation != _inMessage)
        {
            NotUnderstood(ClientFrames.ProtocolError);
            return;
        }

        if (length > MessagesPerFrameMax * _lines.ReceiveBytesMax)
        {
            NotUnderstood(ClientFrames.TooBig);
            return;
        }

        if (!_inMessage) { (_isText, _messageBytes) = (frame.Kind == FrameKind.Text, 0); }
        _inMessage = !frame.IsFinal;
        if (!frame.Payload.IsEmpty) { Keep(frame, length); }
        if (frame.IsFinal && _isText && !Utf8.IsValid(_held.AsSpan(_heldTo - _messageBytes, _messageBytes))) { NotUnderstood(ClientFrames.NoText); }
    }

    private void Keep(ClientFrame frame, int length)
    {
        if (_held is null || _held.Length - _heldTo < frame.Payload.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(length);
            _held.AsSpan(_heldFrom, _heldTo - _heldFrom).CopyTo(larger);
            if (_held is not null) { ArrayPool<byte>.Shared.Return(_held); }
            (_held, _heldTo, _heldFrom) = (larger, _heldTo - _heldFrom, 0);
        }

        frame.CopyTo(_held.AsSpan(_heldTo));
        _heldTo += (int)frame.Payload.Length;
        _messageBytes += (int)frame.Payload.Length;
    }

    /// <summary>Takes one message of the hub off what is held.</summary>
    /// <param name="message">Null: one that needs no answer.</param>
    /// <returns>False: there is none that is whole, or it is not understood.</returns>
    private bool TryNext(out HubMessage? message)
    {
        message = null;
        if (_held is null) { return false; }
        var held = _heldTo - _heldFrom;
        var here = new ReadOnlySequence<byte>(_held, _heldFrom, Math.Min(held, _lines.ReceiveBytesMax));
        var before = here.Length;
        try
        {
            var isWhole = _protocol is { } protocol ? protocol.TryParseMessage(ref here, this, out message) : TryGreet(ref here);
            var used = (int)(before - here.Length);
            if (!isWhole && used == 0)
            {
                if (held > _lines.ReceiveBytesMax) { NotUnderstood(ClientFrames.TooBig); }
                return false;
            }

            // Used without being a message: of a newer protocol.
            _heldFrom += used;
            if (_heldFrom == _heldTo) { GiveBack(); }
            return true;
        }
        catch (Exception unreadable) when (unreadable is not OutOfMemoryException)
        {
            NotUnderstood(ClientFrames.PolicyViolation);
            return false;
        }
    }

    private bool TryGreet(ref ReadOnlySequence<byte> here)
    {
        if (!HandshakeProtocol.TryParseRequestMessage(ref here, out var request)) { return false; }
        var protocol = _lines.Protocols.GetProtocol(request.Protocol, supportedProtocols: null);
        var why = protocol is null ? "This protocol is not known here." : protocol.IsVersionSupported(request.Version) ? null : "This version of the protocol is not known here.";
        if (why is not null)
        {
            Goodbye(new CloseMessage(why), ClientFrames.PolicyViolation);
            return true;
        }

        var frames = ServerFrames.Take();
        Greet(frames, HandshakeResponseMessage.Empty, protocol!.TransferFormat == TransferFormat.Binary ? FrameKind.Binary : FrameKind.Text);
        Volatile.Write(ref _heardAt, _lines.Time.GetTimestamp());

        // Together: who has been greeted is not cut off without a word.
        lock (_gate)
        {
            _ = QuietlyAsync(WriteAsync(frames.Finish(), isLast: false));
            _protocol = protocol;
        }

        return true;
    }

    private static void Greet(ServerFrames frames, HandshakeResponseMessage answer, FrameKind kind)
    {
        frames.Begin();
        HandshakeProtocol.WriteResponseMessage(answer, frames);
        frames.End(kind);
    }

    // What is asked meanwhile is answered together, by its last: RFC 6455, 5.5.3.
    private void Pong(ClientFrame ping)
    {
        var asked = new byte[(int)ping.Payload.Length];
        ping.CopyTo(asked);
        lock (_gate)
        {
            if (IsEnding) { return; }
            if (_isPonging)
            {
                _asked = asked;
                return;
            }

            _isPonging = true;
        }

        _ = PongAsync(asked);
    }

    private async Task PongAsync(byte[] asked)
    {
        for (byte[]? next = asked; next is not null;)
        {
            await QuietlyAsync(WriteAsync(Ponged(next), isLast: false));
            lock (_gate)
            {
                (next, _asked) = (_asked, null);
                _isPonging = next is not null;
            }
        }
    }

    private static ArraySegment<byte> Ponged(byte[] asked)
    {
        var frames = ServerFrames.Take();
        frames.Begin();
        asked.CopyTo(frames.GetSpan(asked.Length));
        frames.Advance(asked.Length);
        frames.End(FrameKind.Pong);
        return frames.Finish();
    }

    private void GiveBack()
    {
        if (_held is null) { return; }
        ArrayPool<byte>.Shared.Return(_held);
        (_held, _heldFrom, _heldTo) = (null, 0, 0);
    }
}
