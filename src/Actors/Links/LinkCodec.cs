using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using LiveCommerce.Actors.Hosting;
using LiveCommerce.Actors.Runtime;

namespace LiveCommerce.Actors.Links;

/// <summary>Calls, answers and notices as JSON. Observers cross as addresses: <c>{"process":"…","observer":"…"}</c>.</summary>
internal sealed class LinkCodec
{
    /// <summary>Scratch memory that a thread keeps; what grew beyond it is given back.</summary>
    public const int KeptBytes = 256 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    private readonly JsonSerializerOptions _json;

    /// <summary>A codec of one process.</summary>
    /// <param name="settings">How contracts are written; a copy is taken.</param>
    /// <param name="addressOf">The address of an observer of this process.</param>
    /// <param name="observerAt">A reference to an observer of another process.</param>
    public LinkCodec(JsonSerializerOptions settings, Func<object, ObserverAddress> addressOf, Func<Type, ObserverAddress, object> observerAt)
    {
        _json = new JsonSerializerOptions(settings);
        _json.Converters.Insert(0, new ObserverConverterFactory(addressOf, observerAt));
        _json.MakeReadOnly(populateMissingResolver: true);
    }

    /// <summary>Where an observer is.</summary>
    public sealed record ObserverAddress(string Process, string Observer);

    /// <summary>Bytes that this thread keeps to write in.</summary>
    public static int ScratchBytes => _scratch?.Capacity ?? 0;

    /// <summary>The JSON of a call: who, what, with what.</summary>
    public LinkText WriteCall(GrainCall call) =>
        Write((call, this), static (json, state) =>
        {
            json.WriteStartArray();
            json.WriteStringValue(state.call.Grain.Type);
            json.WriteStringValue(state.call.Grain.Key);
            json.WriteStringValue(state.call.Method.Name);
            json.WriteNumberValue(state.call.Generation);
            state.Item2.WriteArguments(json, state.call.Method, state.call.Arguments);
            if (state.call.TraceParent is { } parent) { json.WriteStringValue(parent); }
            json.WriteEndArray();
        });

    /// <summary>The JSON of an observer's call.</summary>
    public LinkText WriteNotice(string observer, GrainMethod method, object?[] arguments) =>
        Write((observer, method, arguments, this), static (json, state) =>
        {
            json.WriteStartArray();
            json.WriteStringValue(state.observer);
            json.WriteStringValue(state.method.Name);
            state.Item4.WriteArguments(json, state.method, state.arguments);
            json.WriteEndArray();
        });

    /// <summary>The JSON of a result.</summary>
    public LinkText WriteResult<TResult>(TResult result) =>
        Write((result, _json), static (json, state) => JsonSerializer.Serialize(json, state.result, state._json));

    /// <summary>The JSON of an exception.</summary>
    public static LinkText WriteFailure(Exception failure) => Write(failure, LinkExceptions.Write);

    /// <summary>The JSON of where a grain is.</summary>
    public static LinkText WriteOwner(long? owner) =>
        Write(owner, static (json, silo) =>
        {
            if (silo is { } known) { json.WriteNumberValue(known); } else { json.WriteNullValue(); }
        });

    public TResult ReadResult<TResult>(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<TResult>(json, _json)!;

    public static long? ReadOwner(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<long?>(json);

    /// <summary>Reads the strings that a call or notice begins with; the reader stands before the arguments then.</summary>
    public static bool TryReadHead(ref Utf8JsonReader json, Span<string> strings)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray) { return false; }
        for (var place = 0; place < strings.Length; place++)
        {
            if (!json.Read() || json.TokenType != JsonTokenType.String) { return false; }
            strings[place] = json.GetString()!;
        }

        return true;
    }

    /// <summary>Reads the number that follows the head of a call.</summary>
    public static bool TryReadGeneration(ref Utf8JsonReader json, out int generation)
    {
        generation = 0;
        return json.Read() && json.TokenType == JsonTokenType.Number && json.TryGetInt32(out generation);
    }

    /// <summary>What follows the arguments of a call whose caller is traced; null: it is not, or is of a version that does not say so.</summary>
    public static string? ReadTraceParent(ref Utf8JsonReader json) =>
        json.Read() && json.TokenType == JsonTokenType.String && json.ValueSpan.Length == ActorTracing.ParentLength ? json.GetString() : null;

    /// <summary>The arguments of a method. Those that an older process does not know take their defaults.</summary>
    /// <exception cref="JsonException">They are not that method's.</exception>
    public object?[] ReadArguments(ref Utf8JsonReader json, GrainMethod method)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray) { throw new JsonException($"{method} has no arguments here."); }

        var arguments = new object?[method.ParameterTypes.Count];
        for (var place = 0; place < arguments.Length; place++)
        {
            if (!json.Read()) { throw new JsonException($"The arguments of {method} end in the middle."); }
            if (json.TokenType == JsonTokenType.EndArray)
            {
                method.FillDefaults(arguments, place);
                return arguments;
            }

            arguments[place] = JsonSerializer.Deserialize(ref json, method.ParameterTypes[place], _json);
        }

        // What a newer process adds at the end is not for us.
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) { json.Skip(); }
        return arguments;
    }

    private void WriteArguments(Utf8JsonWriter json, GrainMethod method, object?[] arguments)
    {
        json.WriteStartArray();
        for (var place = 0; place < arguments.Length; place++) { JsonSerializer.Serialize(json, arguments[place], method.ParameterTypes[place], _json); }
        json.WriteEndArray();
    }

    private static LinkText Write<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var scratch = _scratch ??= new ArrayBufferWriter<byte>(4096);
        scratch.ResetWrittenCount();
        try
        {
            using var json = new Utf8JsonWriter(scratch, new JsonWriterOptions { SkipValidation = true });
            write(json, state);
        }
        catch
        {
            Release(scratch);
            throw;
        }

        return new LinkText(scratch);
    }

    private static void Release(ArrayBufferWriter<byte> scratch)
    {
        if (scratch.Capacity > KeptBytes) { _scratch = null; }
    }

    /// <summary>What was written, in the memory of the thread: dispose of it before the thread writes again.</summary>
    public readonly ref struct LinkText(ArrayBufferWriter<byte> scratch)
    {
        public ReadOnlySpan<byte> Json => scratch.WrittenSpan;

        public void Dispose() => Release(scratch);
    }

    private sealed class ObserverConverterFactory(Func<object, ObserverAddress> addressOf, Func<Type, ObserverAddress, object> observerAt) : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsInterface && typeToConvert.IsAssignableTo(typeof(IGrainObserver));

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(ObserverConverter<>).MakeGenericType(typeToConvert), addressOf, observerAt)!;
    }

    private sealed class ObserverConverter<TObserver>(Func<object, ObserverAddress> addressOf, Func<Type, ObserverAddress, object> observerAt) : JsonConverter<TObserver>
        where TObserver : class
    {
        public override TObserver? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<ObserverAddress>(ref reader) is { } address ? (TObserver)observerAt(typeof(TObserver), address) : null;

        public override void Write(Utf8JsonWriter writer, TObserver value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, addressOf(value));
    }
}
