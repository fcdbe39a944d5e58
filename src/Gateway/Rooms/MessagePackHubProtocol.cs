using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using LiveCommerce.Gateway.MessagePack;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// SignalR's <c>messagepack</c> protocol (dotnet/aspnetcore, src/SignalR/docs/specs/HubProtocol.md, section MessagePack encoding): what
/// npm <c>@microsoft/signalr-protocol-msgpack</c> speaks. Arguments and results are the records of the JSON wire, see <see cref="WireMessagePack"/>.
/// </summary>
/// <param name="messageBytesMax">Bytes of one message from outside, its length included.</param>
internal sealed partial class MessagePackHubProtocol(int messageBytesMax) : IHubProtocol
{
    /// <summary>What clients ask for it by.</summary>
    public const string ProtocolName = "messagepack";

    private const int InvocationType = 1;
    private const int StreamItemType = 2;
    private const int CompletionType = 3;
    private const int StreamInvocationType = 4;
    private const int CancelInvocationType = 5;
    private const int PingType = 6;
    private const int CloseType = 7;
    private const int AckType = 8;
    private const int SequenceType = 9;

    private const int ErrorResult = 1;
    private const int VoidResult = 2;
    private const int ValueResult = 3;

    /// <summary>Bytes that a message begins with at most: its length, seven bits a byte, the lowest first (section Binary encoding).</summary>
    private const int LengthBytesMax = 5;

    /// <summary>What the first buffer of a message holds.</summary>
    private const int BufferBytes = 4 * 1024;

    public string Name => ProtocolName;

    // Two, as the official one: with acks and sequences for clients that resume.
    public int Version => 2;

    public TransferFormat TransferFormat => TransferFormat.Binary;

    public bool IsVersionSupported(int version) => version <= Version;

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message)
    {
        var writer = new MessagePackWriter(BufferBytes);
        try
        {
            return Write(ref writer, message).ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output)
    {
        var writer = new MessagePackWriter(BufferBytes);
        try
        {
            output.Write(Write(ref writer, message));
        }
        finally
        {
            writer.Dispose();
        }
    }

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        message = null;
        if (!TryReadLength(input, out var length, out var lengthBytes)) { return false; }

        // Said at once: waiting for the rest would only end at the same bound.
        if (length > messageBytesMax - lengthBytes) { throw new UnreadableException($"a message of {length} bytes"); }
        if (input.Length - lengthBytes < length) { return false; }
        var body = input.Slice(lengthBytes, length);
        input = input.Slice(body.End);
        message = Parse(body, binder);
        return true;
    }

    private static HubMessage Parse(ReadOnlySequence<byte> body, IInvocationBinder binder)
    {
        if (body.IsSingleSegment) { return Read(body.FirstSpan, binder); }

        // Seldom: a message across two of the connection's buffers.
        var joined = ArrayPool<byte>.Shared.Rent((int)body.Length);
        try
        {
            body.CopyTo(joined);
            return Read(joined.AsSpan(0, (int)body.Length), binder);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    private static bool TryReadLength(in ReadOnlySequence<byte> input, out long length, out int bytes)
    {
        length = 0;
        bytes = 0;
        var reader = new SequenceReader<byte>(input);
        while (reader.TryRead(out var part))
        {
            length |= (long)(part & 0x7f) << (7 * bytes++);
            if (part < 0x80) { return true; }
            if (bytes == LengthBytesMax) { throw new UnreadableException("a length that does not end"); }
        }

        return false;
    }

    /// <summary>Writes a message with its length before it.</summary>
    private static ReadOnlySpan<byte> Write(ref MessagePackWriter writer, HubMessage message)
    {
        writer.Reserve(LengthBytesMax);
        WriteBody(ref writer, message);

        // The length is known only now: it goes right before the body, in as few bytes as it needs.
        var length = writer.Written.Length - LengthBytesMax;
        var needed = 1;
        for (var rest = length >> 7; rest > 0; rest >>= 7) { needed++; }
        var room = writer.Reserved(LengthBytesMax - needed, needed);
        for (var i = 0; i < needed; i++)
        {
            var part = (length >> (7 * i)) & 0x7f;
            room[i] = (byte)(i == needed - 1 ? part : part | 0x80);
        }

        return writer.Written[(LengthBytesMax - needed)..];
    }

    private static void WriteBody(ref MessagePackWriter writer, HubMessage message)
    {
        switch (message)
        {
            case InvocationMessage invocation:
                WriteInvocation(ref writer, InvocationType, invocation);
                break;
            case StreamInvocationMessage invocation:
                WriteInvocation(ref writer, StreamInvocationType, invocation);
                break;
            case StreamItemMessage item:
                writer.WriteArrayHead(4);
                writer.WriteInteger(StreamItemType);
                WriteHeadersAndId(ref writer, item);
                WireMessagePack.Write(ref writer, item.Item);
                break;
            case CompletionMessage completion:
                WriteCompletion(ref writer, completion);
                break;
            case CancelInvocationMessage cancel:
                writer.WriteArrayHead(3);
                writer.WriteInteger(CancelInvocationType);
                WriteHeadersAndId(ref writer, cancel);
                break;
            case PingMessage:
                writer.WriteArrayHead(1);
                writer.WriteInteger(PingType);
                break;
            case CloseMessage close:
                writer.WriteArrayHead(3);
                writer.WriteInteger(CloseType);
                WriteTextOrNil(ref writer, close.Error);
                writer.WriteBoolean(close.AllowReconnect);
                break;
            case AckMessage ack:
                writer.WriteArrayHead(2);
                writer.WriteInteger(AckType);
                writer.WriteInteger(ack.SequenceId);
                break;
            case SequenceMessage sequence:
                writer.WriteArrayHead(2);
                writer.WriteInteger(SequenceType);
                writer.WriteInteger(sequence.SequenceId);
                break;
            default:
                throw new NotSupportedException($"{message.GetType()} is no message of this protocol.");
        }
    }

    private static void WriteInvocation(ref MessagePackWriter writer, int type, HubMethodInvocationMessage invocation)
    {
        writer.WriteArrayHead(6);
        writer.WriteInteger(type);
        WriteHeadersAndId(ref writer, invocation);
        writer.WriteText(invocation.Target);
        writer.WriteArrayHead(invocation.Arguments.Length);
        foreach (var argument in invocation.Arguments) { WireMessagePack.Write(ref writer, argument); }
        writer.WriteArrayHead(invocation.StreamIds?.Length ?? 0);
        foreach (var stream in invocation.StreamIds ?? []) { writer.WriteText(stream); }
    }

    private static void WriteCompletion(ref MessagePackWriter writer, CompletionMessage completion)
    {
        var kind = completion.Error is not null ? ErrorResult : completion.HasResult ? ValueResult : VoidResult;
        writer.WriteArrayHead(kind == VoidResult ? 4 : 5);
        writer.WriteInteger(CompletionType);
        WriteHeadersAndId(ref writer, completion);
        writer.WriteInteger(kind);
        if (kind == ErrorResult) { writer.WriteText(completion.Error); }
        else if (kind == ValueResult && completion.Result is RawResult raw)
        {
            foreach (var segment in raw.RawSerializedData) { writer.WriteRaw(segment.Span); }
        }
        else if (kind == ValueResult) { WireMessagePack.Write(ref writer, completion.Result); }
    }

    private static void WriteHeadersAndId(ref MessagePackWriter writer, HubInvocationMessage message)
    {
        writer.WriteMapHead(message.Headers?.Count ?? 0);
        if (message.Headers is { Count: > 0 } headers)
        {
            foreach (var (name, value) in headers)
            {
                writer.WriteText(name);
                writer.WriteText(value);
            }
        }

        WriteTextOrNil(ref writer, message.InvocationId);
    }

    private static void WriteTextOrNil(ref MessagePackWriter writer, string? text)
    {
        if (text is null) { writer.WriteNil(); }
        else { writer.WriteText(text); }
    }
}
