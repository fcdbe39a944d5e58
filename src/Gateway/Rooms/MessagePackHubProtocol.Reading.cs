using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using LiveCommerce.Gateway.MessagePack;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// Reading: a message that is not one ends the connection (<see cref="UnreadableException"/>); arguments that don't fit their method
/// fail only that call.
/// </summary>
internal sealed partial class MessagePackHubProtocol
{
    /// <summary>Headers of one message; none of them means anything to us.</summary>
    private const int HeadersMax = 32;

    /// <summary>Streams that one call may bring along.</summary>
    private const int StreamIdsMax = 16;

    /// <summary>Bytes of an invocation's or stream's id, a method's name, and a header's name.</summary>
    private const int NameBytesMax = 256;

    private static HubMessage Read(ReadOnlySpan<byte> body, IInvocationBinder binder)
    {
        var reader = new MessagePackReader(body);
        var items = reader.BeginArray();
        var type = reader.ReadInteger();
        if (type is < InvocationType or > SequenceType)
        {
            // Of a newer protocol. A sign of life all the same, and that is what a ping is.
            reader = new MessagePackReader(body);
            reader.Skip();
            return reader.IsAtEnd ? PingMessage.Instance : throw new UnreadableException("bytes after the message");
        }

        var (least, read) = type switch
        {
            InvocationType or StreamInvocationType => (5, Math.Min(items, 6)),
            StreamItemType => (4, 4),
            CompletionType => (4, 4),
            CancelInvocationType => (3, 3),
            CloseType => (2, Math.Min(items, 3)),
            AckType or SequenceType => (2, 2),
            _ => (1, 1),
        };
        if (items < least) { throw new UnreadableException($"a message of type {type} with {items} items"); }
        var message = type switch
        {
            InvocationType or StreamInvocationType => ReadInvocation(ref reader, binder, type == StreamInvocationType, items),
            StreamItemType => ReadStreamItem(ref reader, binder),
            CompletionType => ReadCompletion(ref reader, binder, items, ref read),
            CancelInvocationType => ReadCancelInvocation(ref reader),
            CloseType => ReadClose(ref reader, items),
            AckType => new AckMessage(reader.ReadInteger()),
            SequenceType => new SequenceMessage(reader.ReadInteger()),
            _ => PingMessage.Instance,
        };

        // Where its arguments ended is not known.
        if (message is InvocationBindingFailureMessage or StreamBindingFailureMessage) { return message; }
        for (; read < items; read++) { reader.Skip(); }
        return reader.IsAtEnd ? message : throw new UnreadableException("bytes after the message");
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever keeps a call from being bound fails that call.")]
    private static HubMessage ReadInvocation(ref MessagePackReader reader, IInvocationBinder binder, bool isStream, int items)
    {
        var headers = ReadHeaders(ref reader);
        var id = reader.TryReadNil() ? null : ReadName(ref reader);
        if (isStream && string.IsNullOrEmpty(id)) { throw new UnreadableException("a stream without an id"); }
        if (id?.Length == 0) { id = null; }
        var target = ReadName(ref reader);
        if (target.Length == 0) { throw new UnreadableException("a call without a method"); }

        object?[] arguments;
        try
        {
            arguments = ReadArguments(ref reader, binder.GetParameterTypes(target));
        }
        catch (Exception failure)
        {
            return new InvocationBindingFailureMessage(id, target, ExceptionDispatchInfo.Capture(failure));
        }

        // Old clients send five items, without streams.
        var streams = items > 5 ? ReadStreamIds(ref reader) : null;
        return isStream
            ? new StreamInvocationMessage(id!, target, arguments, streams) { Headers = headers }
            : new InvocationMessage(id, target, arguments, streams) { Headers = headers };
    }

    private static object?[] ReadArguments(ref MessagePackReader reader, IReadOnlyList<Type> types)
    {
        var count = reader.BeginArray();
        if (count != types.Count) { throw new UnreadableException($"{count} arguments where {types.Count} are expected"); }
        var arguments = new object?[count];
        for (var i = 0; i < count; i++) { arguments[i] = WireMessagePack.Read(ref reader, types[i]); }
        reader.End();
        return arguments;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever keeps an item from being bound fails its stream.")]
    private static HubMessage ReadStreamItem(ref MessagePackReader reader, IInvocationBinder binder)
    {
        var headers = ReadHeaders(ref reader);
        var id = ReadId(ref reader);
        try
        {
            return new StreamItemMessage(id, WireMessagePack.Read(ref reader, binder.GetStreamItemType(id))) { Headers = headers };
        }
        catch (Exception failure)
        {
            return new StreamBindingFailureMessage(id, ExceptionDispatchInfo.Capture(failure));
        }
    }

    private static CompletionMessage ReadCompletion(ref MessagePackReader reader, IInvocationBinder binder, int items, ref int read)
    {
        var headers = ReadHeaders(ref reader);
        var id = ReadId(ref reader);
        var kind = reader.ReadInteger();
        if (kind == VoidResult) { return new CompletionMessage(id, null, null, hasResult: false) { Headers = headers }; }
        if (kind is not (ErrorResult or ValueResult) || items < 5) { throw new UnreadableException("a completion of no kind"); }
        read = 5;
        return kind == ErrorResult
            ? new CompletionMessage(id, reader.ReadText(), null, hasResult: false) { Headers = headers }
            : ReadResult(ref reader, binder, id, headers);
    }

    private static CompletionMessage ReadResult(ref MessagePackReader reader, IInvocationBinder binder, string id, Dictionary<string, string>? headers)
    {
        // Passed over first: a result that does not fit its call must not spoil what follows.
        var start = reader.Position;
        var result = reader;
        reader.Skip();
        if (ReturnType(binder, id) is not { } type) { return new CompletionMessage(id, null, null, hasResult: true) { Headers = headers }; }
        if (type == typeof(RawResult))
        {
            var raw = new RawResult(new ReadOnlySequence<byte>(reader.Between(start, reader.Position).ToArray()));
            return new CompletionMessage(id, null, raw, hasResult: true) { Headers = headers };
        }

        try
        {
            return new CompletionMessage(id, null, WireMessagePack.Read(ref result, type), hasResult: true) { Headers = headers };
        }
        catch (UnreadableException unreadable)
        {
            return new CompletionMessage(id, $"The result can't be read at {unreadable.Path}: {unreadable.Message}.", null, hasResult: false) { Headers = headers };
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A binder says by any exception that it knows no such call; its answer is then of no use.")]
    private static Type? ReturnType(IInvocationBinder binder, string id)
    {
        try
        {
            return binder.GetReturnType(id);
        }
        catch (Exception)
        {
            return null;
        }
    }

    private static CancelInvocationMessage ReadCancelInvocation(ref MessagePackReader reader)
    {
        var headers = ReadHeaders(ref reader);
        return new CancelInvocationMessage(ReadId(ref reader)) { Headers = headers };
    }

    private static CloseMessage ReadClose(ref MessagePackReader reader, int items)
    {
        var error = reader.TryReadNil() ? null : reader.ReadText();
        return new CloseMessage(error, allowReconnect: items > 2 && reader.ReadBoolean());
    }

    private static Dictionary<string, string>? ReadHeaders(ref MessagePackReader reader)
    {
        var count = reader.BeginMap();
        if (count > HeadersMax) { throw new UnreadableException("too many headers"); }
        var headers = count > 0 ? new Dictionary<string, string>(count, StringComparer.Ordinal) : null;
        for (var left = count; left > 0; left--)
        {
            if (!headers!.TryAdd(ReadName(ref reader), reader.ReadText())) { throw new UnreadableException("a header that stands there twice"); }
        }

        reader.End();
        return headers;
    }

    private static string[]? ReadStreamIds(ref MessagePackReader reader)
    {
        var count = reader.BeginArray();
        if (count > StreamIdsMax) { throw new UnreadableException("too many streams"); }
        var ids = count > 0 ? new string[count] : null;
        for (var i = 0; i < count; i++) { ids![i] = ReadId(ref reader); }
        reader.End();
        return ids;
    }

    private static string ReadId(ref MessagePackReader reader) =>
        ReadName(ref reader) is { Length: > 0 } id ? id : throw new UnreadableException("an id without a letter");

    private static string ReadName(ref MessagePackReader reader) =>
        reader.ReadText() is { Length: <= NameBytesMax } name ? name : throw new UnreadableException("a name that is too long");
}
