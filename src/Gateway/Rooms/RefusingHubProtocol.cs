using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using LiveCommerce.Gateway.MessagePack;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// A hub protocol whose unreadable calls are answered by a typed refusal. SignalR itself would answer with an error text that programs
/// can't decide on, and before any filter is asked.
/// </summary>
internal sealed class RefusingHubProtocol(IHubProtocol inner) : IHubProtocol
{
    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(message);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => inner.WriteMessage(message, output);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        if (!inner.TryParseMessage(ref input, binder, out message)) { return false; }
        message = message switch
        {
            InvocationBindingFailureMessage failure => Refused(failure.InvocationId, Explain(failure)),

            // No method of the hub takes null for a request, which every protocol has a word for.
            InvocationMessage call when call.Arguments.Contains(null) => Refused(call.InvocationId, $"{NameOf(call.Target)} needs an argument that is not null. See docs/wire-protocol.md."),
            _ => message,
        };
        return true;
    }

    private static InvocationMessage Refused(string? invocationId, string why) => new(invocationId, nameof(RoomHub.Malformed), [why]);

    // It comes from outside: say no more of it than fits.
    private static string NameOf(string target) => target.Length <= 32 && target.All(char.IsAsciiLetter) ? target : "This call";

    private static string Explain(InvocationBindingFailureMessage failure)
    {
        var method = NameOf(failure.Target);
        return failure.BindingFailure.SourceException switch
        {
            HubException => $"{method} is not a method of this hub. See docs/wire-protocol.md.",
            UnreadableException { Path: { Length: > 1 } path } => $"{method} can't be read at {path}. See docs/wire-protocol.md.",
            JsonException { Path: { Length: > 1 } path } => $"{method} can't be read at {path}. See docs/wire-protocol.md.",
            { InnerException: JsonException { Path: { Length: > 1 } path } } => $"{method} can't be read at {path}. See docs/wire-protocol.md.",
            _ => $"{method} has the wrong arguments. See docs/wire-protocol.md.",
        };
    }
}
